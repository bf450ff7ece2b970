import { call } from "../http";
import type { ChatHistory, ChatReply, ChatSession } from "./types";

/** What the conversation needs of the gateway; a test gives its own. */
export interface ChatApi {
  start(): Promise<ChatSession>;
  say(token: string, text: string): Promise<ChatReply>;
  history(token: string): Promise<ChatHistory>;
  end(token: string): Promise<void>;
}

export const gatewayChat: ChatApi = {
  start: () => call("/api/v1/chat/sessions", { method: "POST" }),
  say: (token, text) => call("/api/v1/chat/messages", { method: "POST", token, json: { text } }),
  history: wholeHistory,
  end: (token) => call("/api/v1/chat/sessions", { method: "DELETE", token }),
};

/** The gateway gives a stretch at a time. */
const STRETCH = 500;

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
