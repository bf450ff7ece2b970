/** The gateway as a signed-in member of staff uses it. */

import { call, CallFailed, failed, load } from "../http";
import { conversationApi, type ConversationApi } from "./conversation-api";
import type { Explanation, Interaction, InteractionHeader, LedgerDetail, LedgerEntry, Page, Role, Speaker } from "./types";

export interface StaffApi {
  conversations: ConversationApi;
  interactions(query: string, signal?: AbortSignal): Promise<Page<InteractionHeader>>;
  interaction(id: string, signal?: AbortSignal): Promise<Interaction>;
  recording(id: string, signal: AbortSignal): Promise<Blob>;
  /** `query` names the number: a measure and whose, or a turn. */
  explanation(id: string, query: string, signal?: AbortSignal): Promise<Explanation>;
  /** Who is who, by speaker; refused to agents. Answers with the speakers as they are now. */
  setRoles(id: string, roles: Record<string, Role>): Promise<Speaker[]>;
  ledger(query: string, signal?: AbortSignal): Promise<Page<LedgerEntry>>;
  ledgerEntry(id: string, signal?: AbortSignal): Promise<LedgerDetail>;
  /** A new try of what ended without a result; refused to all but supervisors and admins. */
  retry(id: string): Promise<LedgerEntry>;
  upload(file: File, key: string, progress: (fraction: number) => void): Promise<LedgerEntry[]>;
}

/** `expired` is told of every refused token, whoever made the call. */
export function staffApi(token: string, expired: () => void): StaffApi {
  const told = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      if (error instanceof CallFailed && error.failure === "expired") expired();
      throw error;
    });
  const get = <T>(path: string, signal?: AbortSignal) => told(call<T>(path, { token, signal }));
  return {
    conversations: conversationApi(token, told),
    interactions: (query, signal) => get(`/api/v1/interactions?${query}`, signal),
    interaction: (id, signal) => get(`/api/v1/interactions/${encodeURIComponent(id)}`, signal),
    recording: (id, signal) =>
      told(load(`/api/v1/interactions/${encodeURIComponent(id)}/recording`, { token, signal })),
    explanation: (id, query, signal) =>
      get(`/api/v1/interactions/${encodeURIComponent(id)}/explanation?${query}`, signal),
    setRoles: (id, roles) =>
      told(call(`/api/v1/interactions/${encodeURIComponent(id)}/roles`, { method: "PUT", token, json: { roles } })),
    ledger: (query, signal) => get(`/api/v1/ledger?${query}`, signal),
    ledgerEntry: (id, signal) => get(`/api/v1/ledger/${encodeURIComponent(id)}`, signal),
    retry: (id) => told(call(`/api/v1/ledger/${encodeURIComponent(id)}/retry`, { method: "POST", token })),
    upload: (file, key, progress) => told(upload(token, file, key, progress)),
  };
}

/** XMLHttpRequest, since fetch does not tell how much has been sent. The same `key` again makes no second upload. */
function upload(
  token: string,
  file: File,
  key: string,
  progress: (fraction: number) => void,
): Promise<LedgerEntry[]> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/v1/interactions");
    request.setRequestHeader("authorization", `Bearer ${token}`);
    request.setRequestHeader("idempotency-key", key);
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onerror = () => reject(new CallFailed("offline", "The connection broke off during the upload."));
    request.onload = () => {
      const accepted = request.status >= 200 && request.status < 300;
      if (!accepted) return reject(failed(request.status, request.responseText, request.getResponseHeader("retry-after")));
      try {
        resolve(JSON.parse(request.responseText) as LedgerEntry[]);
      } catch {
        reject(new CallFailed("broken", "The server's answer could not be read."));
      }
    };
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
}

export function sentence(error: unknown): string {
  return error instanceof CallFailed ? error.message : "Something went wrong in this page.";
}
