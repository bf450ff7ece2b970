/** The chat as the gateway speaks it (camel case, as Amazon Lex writes it). */

export interface CardButton {
  text: string;
  value: string;
}

export interface Card {
  title: string;
  subtitle?: string | null;
  imageUrl?: string | null;
  buttons?: CardButton[] | null;
}

export interface ChatMessage {
  contentType: "PlainText" | "SSML" | "CustomPayload" | "ImageResponseCard";
  content?: string | null;
  imageResponseCard?: Card | null;
}

export interface ChatDialog {
  intent?: string | null;
  slotToElicit?: string | null;
  state?: string | null;
  verified?: boolean;
}

export interface ChatSession {
  sessionId: string;
  token: string;
  expiresAt: string;
  messages: ChatMessage[];
}

export interface ChatReply {
  messages: ChatMessage[];
  dialog: ChatDialog;
}

export interface ChatHistoryEntry {
  sequence: number;
  sender: "customer" | "bot";
  at: string;
  message: ChatMessage;
}

export interface ChatHistory {
  messages: ChatHistoryEntry[];
  dialog: ChatDialog;
}
