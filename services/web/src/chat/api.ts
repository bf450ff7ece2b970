import { call, open } from "../http";
import { EventParser } from "./event-stream";
import type { ChatEvent, ChatHistory, ChatReply, ChatSession } from "./types";

/** What the conversation needs of the gateway; a test gives its own. */
export interface ChatApi {
  start(localeId: string | null): Promise<ChatSession>;
  /** Said again with the same `messageId`, a message is answered as the first time. */
  say(token: string, text: string, messageId: string): Promise<ChatReply>;
  history(token: string): Promise<ChatHistory>;
  end(token: string): Promise<void>;
  /** Reads what happens after message number `after`, until the stream ends, breaks (CallFailed) or is aborted. */
  events(token: string, after: number, on: (event: ChatEvent) => void, signal: AbortSignal): Promise<void>;
}

export const gatewayChat: ChatApi = {
  start: (localeId) => call("/api/v1/chat/sessions", { method: "POST", ...(localeId && { json: { localeId } }) }),
  say: (token, text, messageId) => call("/api/v1/chat/messages", { method: "POST", token, json: { text, messageId } }),
  history: wholeHistory,
  end: (token) => call("/api/v1/chat/sessions", { method: "DELETE", token }),
  events: readEvents,
};

/** The gateway gives a stretch at a time. */
const STRETCH = 500;
/** The gateway says something every 15 seconds: a stream that is silent for longer is dead. */
const SILENCE = 40_000;
const NAMES: ReadonlySet<string> = new Set(["message", "dialog", "typing", "ended"]);

async function wholeHistory(token: string): Promise<ChatHistory> {
  let history = await call<ChatHistory>("/api/v1/chat/messages", { token });
  let last = history.messages;
  while (last.length >= STRETCH) {
    const next = await call<ChatHistory>(`/api/v1/chat/messages?after=${last.at(-1)?.sequence}`, { token });
    last = next.messages;
    history = { messages: [...history.messages, ...last], dialog: next.dialog };
  }
  return history;
}

async function readEvents(
  token: string,
  after: number,
  on: (event: ChatEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE);
  const parser = new EventParser();
  try {
    const either = AbortSignal.any([signal, silence.signal]);
    const body = await open(`/api/v1/chat/events?after=${after}`, { token, signal: either });
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE);
      for (const { name, data } of parser.push(value)) {
        if (NAMES.has(name)) on({ name, data: JSON.parse(data) } as ChatEvent);
      }
    }
  } finally {
    clearTimeout(timer);
  }
}
