/** The state of one chat and the rules that change it; the widget only draws it. */

import { CallFailed } from "../http";
import type { ChatApi } from "./api";
import { Follower, type FollowerOptions } from "./follower";
import type { ChatDialog, ChatEvent, ChatHistory, ChatHistoryEntry, ChatMessage, Sender, Writer } from "./types";

export interface Entry {
  id: number;
  /** Its place in the conversation; null until the server has told it. */
  sequence: number | null;
  messageId: string | null;
  sender: Sender;
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
  typing: Writer;
  /** Whether what happens is heard at once. */
  live: boolean;
  trouble: Trouble | null;
  /** What the customer wrote and the expired session never took: it goes back into the input. */
  unsent: string;
}

export interface ConversationOptions extends FollowerOptions {
  changed?: () => void;
  /** Of the page, as the gateway writes it (`es_US`); null for the bank's own. */
  localeId?: string | null;
}

export const MASK = "••••";
const TOKEN_KEY = "omnilex.chat.token";
const NOTHING_SAID: ConversationView = {
  phase: "idle",
  entries: [],
  dialog: {},
  typing: null,
  live: false,
  trouble: null,
  unsent: "",
};

export function asksForPin(dialog: ChatDialog): boolean {
  return /^(?:Current|New)?Pin(?:Again)?$/.test(dialog.slotToElicit ?? "");
}

/** `es_US` of `es-US`; null of a language without a country, which is no locale. */
export function localeOf(language: string): string | null {
  const parts = /^([a-z]{2,3})-([a-z]{2})$/i.exec(language);
  return parts?.[1] && parts[2] ? `${parts[1].toLowerCase()}_${parts[2].toUpperCase()}` : null;
}

export class Conversation {
  view: ConversationView = NOTHING_SAID;
  private nextId = 1;
  private follower: Follower | null = null;

  constructor(
    private readonly api: ChatApi,
    private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">,
    private readonly options: ConversationOptions = {},
  ) {}

  async open(): Promise<void> {
    if (this.view.phase !== "idle") return;
    await (this.token ? this.restore() : this.start());
  }

  async start(): Promise<void> {
    const { unsent } = this.view;
    this.unfollow();
    this.set({ ...NOTHING_SAID, phase: "starting", unsent });
    try {
      const session = await this.began();
      this.storage.setItem(TOKEN_KEY, session.token);
      const greeting = session.messages.map((message, place) => this.entry("bot", message, { sequence: place + 1 }));
      this.set({ phase: "ready", entries: greeting });
      this.follow(greeting.length);
    } catch (error) {
      this.set({ phase: "idle", trouble: { text: sentence(error), retry: () => this.start() } });
    }
  }

  /** `secret` text is shown masked and is never kept beyond its delivery. */
  async say(text: string, secret = false): Promise<void> {
    if (this.view.phase !== "ready" || !text) return;
    const message: ChatMessage = { contentType: "PlainText", content: secret ? MASK : text };
    const entry = this.entry("customer", message, { messageId: newMessageId(), delivery: "sending" });
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
    this.over("ended");
  }

  private get token(): string {
    return this.storage.getItem(TOKEN_KEY) ?? "";
  }

  /** A locale in which the bank holds no chats is no reason to have none. */
  private async began() {
    const { localeId = null } = this.options;
    try {
      return await this.api.start(localeId);
    } catch (error) {
      if (localeId === null || !(error instanceof CallFailed) || error.failure !== "refused") throw error;
      return await this.api.start(null);
    }
  }

  private async restore(): Promise<void> {
    this.set({ phase: "starting", trouble: null });
    try {
      const history = await this.api.history(this.token);
      this.adopt(history);
      this.set({ phase: "ready" });
      this.follow(Math.max(0, ...history.messages.map((entry) => entry.sequence)));
    } catch (error) {
      if (isExpired(error)) return this.over("expired");
      this.set({ phase: "idle", trouble: { text: sentence(error), retry: () => this.open() } });
    }
  }

  /** May be done again and again: the message keeps its id, and the gateway answers it once. */
  private async deliver(entry: Entry, text: string, secret: boolean): Promise<void> {
    this.set({ phase: "sending", trouble: null });
    this.change(entry.id, { delivery: "sending" });
    if (this.follower === null) this.follow(this.lastKnown);
    try {
      const reply = await this.api.say(this.token, text, entry.messageId ?? newMessageId());
      this.change(entry.id, { delivery: "sent", sequence: reply.sequence ?? null });
      const first = reply.firstReply ?? null;
      reply.messages.forEach((message, place) => {
        this.put(this.entry("bot", message, { sequence: first === null ? null : first + place }));
      });
      this.set({ phase: "ready", dialog: reply.dialog });
    } catch (error) {
      if (isExpired(error)) return this.over("expired", secret ? "" : text);
      const heard = this.view.entries.some((one) => one.id === entry.id && one.delivery === "sent");
      if (heard && this.answeredAfter(entry.id)) return this.set({ phase: "ready" });
      this.change(entry.id, { delivery: "failed" });
      this.set({ phase: "ready", trouble: { text: sentence(error), retry: () => this.deliver(entry, text, secret) } });
    }
  }

  private follow(after: number): void {
    this.unfollow();
    const follower: Follower = new Follower(
      this.api,
      this.token,
      after,
      (event) => this.hear(event),
      (live) => this.follower === follower && live !== this.view.live && this.streams(live),
      this.options,
    );
    this.follower = follower;
    void follower.run();
  }

  /** A stream that broke does not tell that somebody stopped typing, and the next one begins with nobody doing so. */
  private streams(live: boolean): void {
    this.set(live ? { live } : { live, typing: null });
  }

  private unfollow(): void {
    this.follower?.stop();
    this.follower = null;
  }

  private hear(event: ChatEvent): void {
    switch (event.name) {
      case "message":
        return this.heard(event.data);
      case "dialog":
        return this.set({ dialog: event.data });
      case "typing":
        return this.set({ typing: event.data.by });
      case "ended":
        // Another window took the stream over: this one goes on with the next thing the customer says.
        if (event.data.reason === "replaced") return this.unfollow();
        return this.over(event.data.reason);
    }
  }

  private heard({ sequence, sender, message, messageId = null, replyTo = null }: ChatHistoryEntry): void {
    this.put(this.entry(sender, message, { sequence, messageId }));
    const asked = this.view.entries.find((entry) => entry.sequence === replyTo && replyTo !== null);
    // The answer came this way though the call for it failed.
    if (asked?.delivery === "failed") {
      this.change(asked.id, { delivery: "sent" });
      this.set({ trouble: null });
    }
  }

  /** Puts a message in its place, unless it is there already. */
  private put(entry: Entry): void {
    const { entries } = this.view;
    if (entry.sequence !== null && entries.some((one) => one.sequence === entry.sequence)) return;
    const ours = entries.find((one) => one.messageId !== null && one.messageId === entry.messageId);
    if (ours) return this.known(ours, entry.sequence);
    this.set({ entries: inOrder([...entries, entry]) });
  }

  /** The server has the message. If the bot failed to answer it, it is still to be sent again; a person will read it. */
  private known(ours: Entry, sequence: number | null): void {
    const settled = ours.delivery !== "failed" || (this.view.dialog.answeredBy ?? "bot") !== "bot";
    this.change(ours.id, { sequence, ...(settled && { delivery: "sent" }) });
    if (settled && ours.delivery === "failed") this.set({ trouble: null });
  }

  private answeredAfter(id: number): boolean {
    const at = this.view.entries.findIndex((entry) => entry.id === id);
    return this.view.entries.slice(at + 1).some((entry) => entry.sender !== "customer");
  }

  private get lastKnown(): number {
    return Math.max(0, ...this.view.entries.map((entry) => entry.sequence ?? 0));
  }

  private adopt(history: ChatHistory): void {
    const entries = history.messages.map(({ sequence, sender, message, messageId = null }) =>
      this.entry(sender, message, { sequence, messageId }),
    );
    this.set({ entries: inOrder(entries), dialog: history.dialog });
  }

  /** What was never sent goes back to the customer, unless it was secret. */
  private over(phase: "ended" | "expired", text = ""): void {
    const failed = this.view.entries.findLast((entry) => entry.delivery === "failed")?.message.content ?? "";
    const unsent = text || (phase === "expired" && failed !== MASK ? failed : "");
    this.storage.removeItem(TOKEN_KEY);
    this.unfollow();
    this.set({ phase, dialog: {}, typing: null, live: false, trouble: null, unsent });
  }

  private entry(sender: Sender, message: ChatMessage, known: Partial<Entry>): Entry {
    return { id: this.nextId++, sequence: null, messageId: null, sender, message, delivery: "sent", ...known };
  }

  private change(id: number, change: Partial<Entry>): void {
    const entries = this.view.entries.map((entry) => (entry.id === id ? { ...entry, ...change } : entry));
    this.set({ entries: inOrder(entries) });
  }

  private set(change: Partial<ConversationView>): void {
    this.view = { ...this.view, ...change };
    this.options.changed?.();
  }
}

/** What has no number yet was said last. */
function inOrder(entries: readonly Entry[]): Entry[] {
  const place = (entry: Entry) => entry.sequence ?? Number.MAX_SAFE_INTEGER;
  return [...entries].sort((one, other) => place(one) - place(other));
}

function newMessageId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A session that does not exist any more has expired too. */
function isExpired(error: unknown): boolean {
  return error instanceof CallFailed && (error.failure === "expired" || error.failure === "missing");
}

function sentence(error: unknown): string {
  return error instanceof CallFailed ? error.message : "Something went wrong in this page.";
}
