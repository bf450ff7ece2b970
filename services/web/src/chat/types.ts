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

/** `queue`: a person will answer, and nobody has come yet. */
export type AnsweredBy = "bot" | "queue" | "agent";

export interface ChatDialog {
  intent?: string | null;
  slotToElicit?: string | null;
  state?: string | null;
  verified?: boolean;
  answeredBy?: AnsweredBy;
}

export interface ChatSession {
  sessionId: string;
  token: string;
  expiresAt: string;
  messages: ChatMessage[];
}

/** `sequence` is the number of what the customer said, `firstReply` that of `messages[0]`; the others follow it. */
export interface ChatReply {
  messages: ChatMessage[];
  dialog: ChatDialog;
  sequence?: number | null;
  firstReply?: number | null;
}

export type Sender = "customer" | "bot" | "agent";

export interface ChatHistoryEntry {
  sequence: number;
  sender: Sender;
  at: string;
  message: ChatMessage;
  messageId?: string | null;
  replyTo?: number | null;
}

export interface ChatHistory {
  messages: ChatHistoryEntry[];
  dialog: ChatDialog;
}

export type Writer = "bot" | "agent" | null;

export type ChatEvent =
  | { name: "message"; data: ChatHistoryEntry }
  | { name: "dialog"; data: ChatDialog }
  | { name: "typing"; data: { by: Writer } }
  | { name: "ended"; data: { reason: "ended" | "expired" | "replaced" } };
