/** The documents of insights and media (snake case). Scores are -1..+1; null is unknown, never neutral. */

export type Role = "AGENT" | "CALLER" | "BOT" | "IVR";
export type RoleSource = "person" | "metadata" | "channel" | "participant" | "log" | "inferred";
export type Label = "POSITIVE" | "NEGATIVE" | "NEUTRAL" | "MIXED";
export type Channel = "call" | "web" | "sms" | "voice" | "slack" | "connect" | "chat";

export type CategoryKind = "category" | "issue" | "outcome" | "action";

export interface Sentiment {
  score: number | null;
  label: Label | null;
  scale: "probability" | "label";
  reason: string | null;
  positive?: number | null;
  negative?: number | null;
  /** The terms that made the probabilities, where the engine can tell. */
  evidence?: { text: string; valence: number }[];
}

export interface Redaction {
  type: string;
  begin: number;
  end: number;
}

export interface Turn {
  start: number;
  end: number;
  speaker: string;
  role: Role;
  text: string;
  sentiment: Sentiment;
  redactions: Redaction[];
  interruption: boolean;
  categories?: string[];
}

export interface Quarter {
  score: number | null;
  begin: number | null;
  end: number | null;
}

export interface Speaker {
  speaker: string;
  role: Role;
  name: string;
  role_source: RoleSource;
  role_confidence: number;
  average: number | null;
  turns: number;
  turns_scored: number;
  quarters: Quarter[];
  trend: number | null;
  change: number | null;
  talk_time: number;
  words_per_minute: number | null;
}

export interface InteractionHeader {
  interaction_id: string;
  kind: "call" | "chat";
  channel: Channel;
  started_at: string;
  duration: number;
  language: string | null;
  agent: string | null;
  customer: string | null;
  guid: string | null;
  caller_average: number | null;
  caller_trend: number | null;
  agent_average: number | null;
  agent_trend: number | null;
  turn_count: number;
  warnings: string[];
  /** Why its measures are not to be trusted: with any of these it is kept out of averages. */
  quality?: QualityFlag[];
}

export interface QualityFlag {
  code: string;
  sentence: string;
  share: number | null;
}

/** `turns` are those that met a condition; none where only something missing was asked for. */
export interface DetectedCategory {
  name: string;
  kind: CategoryKind;
  turns: number[];
}

export interface Interaction extends InteractionHeader {
  processed_at: string;
  source: {
    kind: string;
    name: string;
    transcriber: string | null;
    sentiment_engine: string;
    /** Null in results from before there was a choice. */
    summary_engine?: string | null;
  };
  speakers: Speaker[];
  turns: Turn[];
  entities: { type: string; count: number; values: string[] }[];
  non_talk_time: number;
  /** Left out, with the summary, of results that were made before there were any. */
  categories?: DetectedCategory[];
  summary?: string[];
  /** Null where there is nothing to listen to; left out of results that were made before there was any listening. */
  recording?: Recording | null;
}

export type Measure = "turn" | "average" | "quarter_1" | "quarter_2" | "quarter_3" | "quarter_4" | "trend" | "change";

/** What a number was made of. `denominator` is what a mean was divided by. */
export interface Explanation {
  measure: Measure;
  value: number | null;
  formula: string;
  denominator: number | null;
  sentiment_engine: string;
  min_sentiment_negative: number;
  min_sentiment_positive: number;
  turns: { turn: number; start: number; text: string; sentiment: Sentiment }[];
}

/** `copied` says why a copy is played in place of the original. */
export interface Recording {
  media_type: string;
  copied: "not_playable" | "redacted" | null;
  silenced: { start: number; end: number }[];
}

export type Fate = "waiting" | "running" | "done" | "duplicate" | "rejected" | "failed" | "cancelled" | "erased";

export interface LedgerEntry {
  entry_id: string;
  name: string;
  size: number;
  fate: Fate;
  step: string | null;
  attempt: number;
  kind: string | null;
  reason_code: string | null;
  reason: string | null;
  duplicate_of: string | null;
  interaction_id: string | null;
  stuck_code: string | null;
  seen_at: string;
  updated_at: string;
}

/** One attempt of one step; `outcome` is null while it lasts, then `done` or a reason's code. */
export interface LedgerStep {
  run: number;
  step: string;
  attempt: number;
  started_at: string;
  seconds: number | null;
  outcome: string | null;
}

export interface LedgerDetail extends LedgerEntry {
  steps: LedgerStep[];
  retryable: boolean;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
