/** Calls to the gateway. Every failure is one `CallFailed`, with a sentence that can be shown as it is. */

export type Failure = "offline" | "timeout" | "expired" | "forbidden" | "missing" | "limited" | "refused" | "broken";

export class CallFailed extends Error {
  constructor(
    readonly failure: Failure,
    message: string,
  ) {
    super(message);
  }

  /** True when the request may have reached the server all the same. */
  get uncertain(): boolean {
    return this.failure === "offline" || this.failure === "timeout" || this.failure === "broken";
  }
}

interface ProblemBody {
  title?: unknown;
  detail?: unknown;
}

export interface CallOptions {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  token?: string | undefined;
  json?: unknown;
  /** The same key again does nothing twice. */
  key?: string;
  signal?: AbortSignal | undefined;
}

const PATIENCE = 20_000;

export async function call<T>(path: string, options: CallOptions = {}): Promise<T> {
  const response = await reach(path, options);
  const text = await response.text().catch(() => "");
  if (!response.ok) throw failed(response.status, text, response.headers.get("retry-after"));
  if (!text) return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new CallFailed("broken", "The server's answer could not be read.");
  }
}

/** The body of an answer that goes on and on, to be read as it comes; `signal` ends it, and nothing else does. */
export async function open(path: string, options: { token: string; signal: AbortSignal }): Promise<ReadableStream> {
  const response = await reach(path, { ...options, accept: "text/event-stream" });
  if (!response.ok) throw failed(response.status, await response.text(), response.headers.get("retry-after"));
  if (!response.body) throw new CallFailed("broken", "The server's answer could not be read.");
  return response.body;
}

/** A body of any size, whole; `signal` gives it up, and nothing else does. */
export async function load(path: string, options: { token: string; signal: AbortSignal }): Promise<Blob> {
  const response = await reach(path, { ...options, accept: "audio/*" });
  if (!response.ok) throw failed(response.status, await response.text(), response.headers.get("retry-after"));
  try {
    return await response.blob();
  } catch (error) {
    if (options.signal.aborted) throw error;
    throw new CallFailed("offline", "The connection broke off. Try again.");
  }
}

interface Reach extends CallOptions {
  accept?: "application/json" | "text/event-stream" | "audio/*";
}

async function reach(path: string, { method = "GET", token, json, key, signal, accept = "application/json" }: Reach) {
  const headers = new Headers({ accept });
  if (token) headers.set("authorization", `Bearer ${token}`);
  if (json !== undefined) headers.set("content-type", "application/json");
  if (key) headers.set("idempotency-key", key);
  const patience = accept === "application/json" ? AbortSignal.timeout(PATIENCE) : new AbortController().signal;
  try {
    return await fetch(path, {
      method,
      headers,
      body: json === undefined ? null : JSON.stringify(json),
      cache: "no-store",
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    if (patience.aborted) throw new CallFailed("timeout", "The server did not answer in time.");
    throw new CallFailed("offline", "The server cannot be reached. Check your connection.");
  }
}

/** What a status and a body mean. The server's own sentence is used where it has one for people. */
export function failed(status: number, body: string, retryAfter: string | null = null): CallFailed {
  const said = sentence(body);
  switch (status) {
    case 401:
      return new CallFailed("expired", said ?? "Your session has expired.");
    case 403:
      return new CallFailed("forbidden", said ?? "You are not allowed to do this.");
    case 404:
      return new CallFailed("missing", said ?? "This does not exist.");
    case 429: {
      const seconds = Number(retryAfter);
      const wait = seconds > 0 ? `Try again in ${Math.ceil(seconds)} seconds.` : "Wait a moment and try again.";
      return new CallFailed("limited", `Too many requests. ${wait}`);
    }
  }
  if (status >= 500 || status === 0) return new CallFailed("broken", "Something went wrong on our side.");
  return new CallFailed("refused", said ?? "The request was not accepted.");
}

function sentence(body: string): string | undefined {
  try {
    const { detail, title } = JSON.parse(body) as ProblemBody;
    if (typeof detail === "string" && detail) return detail;
    return typeof title === "string" && title ? title : undefined;
  } catch {
    return undefined;
  }
}
