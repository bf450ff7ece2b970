/** Conversations with people, as a signed-in agent uses them. */

import { EventParser } from "../chat/event-stream";
import { call, open } from "../http";
import type { CustomerConversation, Handoff, HandoffEvent, HandoffHeader } from "./conversation-types";
import type { Page } from "./types";

export interface ConversationApi {
  waiting(query: string, signal?: AbortSignal): Promise<Page<HandoffHeader>>;
  packet(id: string, signal?: AbortSignal): Promise<Handoff>;
  act(id: string, what: "take" | "return" | "close" | "release" | "typing"): Promise<unknown>;
  /** The same `key` again says nothing twice. */
  write(id: string, text: string, key: string): Promise<unknown>;
  earlier(customerId: string, signal?: AbortSignal): Promise<Page<CustomerConversation>>;
  /** Reads what happens after message number `after`, until the stream ends, breaks (CallFailed) or is aborted. */
  follow(id: string, after: number, on: (event: HandoffEvent) => void, signal: AbortSignal): Promise<void>;
}

const ROOT = "/api/v1/handoffs";

/** `told` wraps every call, so that a refused token ends the session. */
export function conversationApi(token: string, told: <T>(work: Promise<T>) => Promise<T>): ConversationApi {
  const get = <T>(path: string, signal?: AbortSignal) => told(call<T>(path, { token, signal }));
  return {
    waiting: (query, signal) => get(`${ROOT}?${query}`, signal),
    packet: (id, signal) => get(`${ROOT}/${id}`, signal),
    act: (id, what) => told(call(`${ROOT}/${id}/${what}`, { method: "POST", token })),
    write: (id, text, key) => told(call(`${ROOT}/${id}/messages`, { method: "POST", token, json: { text }, key })),
    earlier: (customerId, signal) => get(`/api/v1/customers/${customerId}/conversations?limit=10`, signal),
    follow: (id, after, on, signal) => told(follow(token, id, after, on, signal)),
  };
}

async function follow(
  token: string,
  id: string,
  after: number,
  on: (event: HandoffEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const body = await open(`${ROOT}/${id}/events?after=${after}`, { token, signal });
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new EventParser();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    for (const { name, data } of parser.push(value)) on({ name, data: JSON.parse(data) } as HandoffEvent);
  }
}
