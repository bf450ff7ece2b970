/** The state of one chat and the rules that change it; the widget only draws it. */

import { CallFailed } from "../http";
import type { ChatApi } from "./api";
import type { ChatDialog, ChatHistory, ChatMessage } from "./types";

export interface Entry {
  id: number;
  sender: "customer" | "bot";
  message: ChatMessage;
  delivery: "sent" | "sending" | "failed";
}

/** `idle`: no session yet. `expired` and `ended`: only a new chat goes on from here. */
export type Phase = "idle" | "starting" | "ready" | "sending" | "ended" | "expired";

export interface Trouble {
  text: string;
  retry?: () => Promise<void>;
}

export interface ConversationView {
  phase: Phase;
  entries: readonly Entry[];
  dialog: ChatDialog;
  trouble: Trouble | null;
  /** What the customer wrote and the expired session never took: it goes back into the input. */
  unsent: string;
}

export const MASK = "••••";
const TOKEN_KEY = "omnilex.chat.token";
const NOTHING_SAID: ConversationView = { phase: "idle", entries: [], dialog: {}, trouble: null, unsent: "" };

export function asksForPin(dialog: ChatDialog): boolean {
  return dialog.slotToElicit === "Pin";
}

export class Conversation {
  view: ConversationView = NOTHING_SAID;
  private nextId = 1;
  /** Set after a message whose fate is unknown: then only the server's history says what was said. */
  private unsure = false;

  constructor(
    private readonly api: ChatApi,
    private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">,
    private readonly changed: () => void = () => {},
  ) {}

  async open(): Promise<void> {
    if (this.view.phase !== "idle") return;
    await (this.token ? this.restore() : this.start());
  }

  async start(): Promise<void> {
    const { unsent } = this.view;
    this.set({ ...NOTHING_SAID, phase: "starting", unsent });
    try {
      const session = await this.api.start();
      this.storage.setItem(TOKEN_KEY, session.token);
      this.unsure = false;
      this.set({ phase: "ready", entries: session.messages.map((message) => this.entry("bot", message)) });
    } catch (error) {
      this.set({ phase: "idle", trouble: { text: sentence(error), retry: () => this.start() } });
    }
  }

  /** `secret` text is shown masked and is never kept beyond its delivery. */
  async say(text: string, secret = false): Promise<void> {
    if (this.view.phase !== "ready" || !text) return;
    const entry = this.entry("customer", { contentType: "PlainText", content: secret ? MASK : text }, "sending");
    this.set({ entries: [...this.view.entries, entry], unsent: "" });
    await this.deliver(entry, text, secret);
  }

  async end(): Promise<void> {
    if (!this.token) return;
    try {
      await this.api.end(this.token);
    } catch (error) {
      if (!isExpired(error)) return this.set({ trouble: { text: sentence(error), retry: () => this.end() } });
    }
    this.storage.removeItem(TOKEN_KEY);
    this.set({ phase: "ended", dialog: {}, trouble: null });
  }

  private get token(): string {
    return this.storage.getItem(TOKEN_KEY) ?? "";
  }

  private async restore(): Promise<void> {
    this.set({ phase: "starting", trouble: null });
    try {
      this.adopt(await this.api.history(this.token));
      this.set({ phase: "ready" });
    } catch (error) {
      if (isExpired(error)) return this.expire();
      this.set({ phase: "idle", trouble: { text: sentence(error), retry: () => this.open() } });
    }
  }

  /** `again`: this very message was sent before, and its fate may be unknown. */
  private async deliver(entry: Entry, text: string, secret: boolean, again = false): Promise<void> {
    this.set({ phase: "sending", trouble: null });
    this.mark(entry.id, "sending");
    try {
      if (this.unsure && (await this.lostWasHeard(again ? null : entry)) && again) return this.set({ phase: "ready" });
      const reply = await this.api.say(this.token, text);
      this.mark(entry.id, "sent");
      const answers = reply.messages.map((message) => this.entry("bot", message));
      this.set({ phase: "ready", entries: [...this.view.entries, ...answers], dialog: reply.dialog });
    } catch (error) {
      this.mark(entry.id, "failed");
      if (isExpired(error)) return this.expire(secret ? "" : text);
      if (error instanceof CallFailed && error.uncertain) this.unsure = true;
      const retry = () => this.deliver(entry, text, secret, true);
      this.set({ phase: "ready", trouble: { text: sentence(error), retry } });
    }
  }

  /**
   * Whether a message of unknown fate had reached the bot: saying it again could pay a bill twice.
   * If so the conversation is taken from the server, and `next`, which is still to be sent, comes after it.
   */
  private async lostWasHeard(next: Entry | null): Promise<boolean> {
    const history = await this.api.history(this.token);
    this.unsure = false;
    const known = this.view.entries.filter((entry) => entry.sender === "customer" && entry.delivery === "sent").length;
    const heard = history.messages.filter((entry) => entry.sender === "customer").length;
    if (heard <= known) return false;
    this.adopt(history);
    if (next) this.set({ entries: [...this.view.entries, { ...next, delivery: "sending" }] });
    return true;
  }

  private adopt(history: ChatHistory): void {
    const said = [...history.messages].sort((one, other) => one.sequence - other.sequence);
    this.set({ entries: said.map(({ sender, message }) => this.entry(sender, message)), dialog: history.dialog });
  }

  private expire(unsent = ""): void {
    this.storage.removeItem(TOKEN_KEY);
    this.set({ phase: "expired", dialog: {}, trouble: null, unsent });
  }

  private entry(sender: Entry["sender"], message: ChatMessage, delivery: Entry["delivery"] = "sent"): Entry {
    return { id: this.nextId++, sender, message, delivery };
  }

  private mark(id: number, delivery: Entry["delivery"]): void {
    this.set({ entries: this.view.entries.map((entry) => (entry.id === id ? { ...entry, delivery } : entry)) });
  }

  private set(change: Partial<ConversationView>): void {
    this.view = { ...this.view, ...change };
    this.changed();
  }
}

/** A session that does not exist any more has expired too. */
function isExpired(error: unknown): boolean {
  return error instanceof CallFailed && (error.failure === "expired" || error.failure === "missing");
}

function sentence(error: unknown): string {
  return error instanceof CallFailed ? error.message : "Something went wrong in this page.";
}
