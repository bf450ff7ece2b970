/** What the gateway tells of conversations that were handed over. */

export type HandoffStatus = "waiting" | "taken" | "returned" | "closed" | "abandoned";

export interface HandoffHeader {
  handoff_id: string;
  channel: string;
  status: HandoffStatus;
  created_at: string;
  waiting_since: string;
  verified: boolean;
  customer_id: string | null;
  intent: string | null;
  taken_by: string | null;
  unanswered_since: string | null;
  ended_at: string | null;
  ended_by: string | null;
}

export interface SaidTurn {
  sequence: number;
  sender: "customer" | "bot" | "agent";
  at: string;
  text: string | null;
  choices: string[];
  delivery: "waiting" | "sent" | "delivered" | "read" | "failed" | null;
  delivery_error: string | null;
}

export interface Handoff extends HandoffHeader {
  slots: Record<string, string | null>;
  turns: SaidTurn[];
  sentiment: { average: number; change: number | null; last: number; turns_scored: number } | null;
}

export interface CustomerConversation {
  conversation_id: string;
  channel: string;
  began_at: string;
  last_at: string;
  turn_count: number;
  turns: SaidTurn[];
}

export type HandoffEvent =
  | { name: "message" | "delivery"; data: SaidTurn }
  | { name: "handoff"; data: HandoffHeader };
