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
  history: (token) => call("/api/v1/chat/messages", { token }),
  end: (token) => call("/api/v1/chat/sessions", { method: "DELETE", token }),
};
