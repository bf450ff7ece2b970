import { beforeEach, expect, it } from "vitest";
import type { ChatApi } from "../src/chat/api";
import { asksForPin, Conversation, localeOf, MASK } from "../src/chat/conversation";
import type { ChatDialog, ChatEvent, ChatHistoryEntry, ChatMessage, ChatReply, Sender } from "../src/chat/types";
import { CallFailed } from "../src/http";

const text = (content: string): ChatMessage => ({ contentType: "PlainText", content });

/** A gateway that remembers, fails when told to, can lose an answer, and tells events when there is a stream. */
class Gateway implements ChatApi {
  said: ChatHistoryEntry[] = [];
  heard: string[] = [];
  locales: (string | null)[] = [];
  failures: CallFailed[] = [];
  loseAnswer = false;
  dialog: ChatDialog = {};
  streams = 0;
  private readonly listeners = new Set<(event: ChatEvent) => void>();

  async start(localeId: string | null) {
    this.locales.push(localeId);
    this.fail();
    this.said = [];
    this.keep("bot", "Welcome");
    return { sessionId: "s", token: "t", expiresAt: "", messages: [text("Welcome")] };
  }

  async say(_token: string, said: string, messageId: string): Promise<ChatReply> {
    this.fail();
    const first = this.said.find((entry) => entry.messageId === messageId);
    if (!first) {
      this.heard.push(said);
      this.keep("customer", said, { messageId });
      if ((this.dialog.answeredBy ?? "bot") === "bot") this.keep("bot", `You said ${said}`, { replyTo: this.said.length });
    }
    if (this.loseAnswer) {
      this.loseAnswer = false;
      throw new CallFailed("timeout", "Too late.");
    }
    const sequence = this.said.find((entry) => entry.messageId === messageId)?.sequence ?? 0;
    const replies = this.said.filter((entry) => entry.replyTo === sequence);
    const messages = replies.map((entry) => entry.message);
    return { messages, dialog: this.dialog, sequence, firstReply: replies[0]?.sequence ?? null };
  }

  async history() {
    this.fail();
    return { messages: this.said, dialog: this.dialog };
  }

  async end() {
    this.fail();
  }

  events(_token: string, after: number, on: (event: ChatEvent) => void, signal: AbortSignal): Promise<void> {
    this.streams += 1;
    this.listeners.add(on);
    on({ name: "dialog", data: this.dialog });
    for (const data of this.said) if (data.sequence > after) on({ name: "message", data });
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        this.listeners.delete(on);
        resolve();
      });
    });
  }

  private fail() {
    const failure = this.failures.shift();
    if (failure) throw failure;
  }

  tell(event: ChatEvent) {
    for (const on of [...this.listeners]) on(event);
  }

  keep(sender: Sender, content: string, known: Partial<ChatHistoryEntry> = {}) {
    const data = { sequence: this.said.length + 1, sender, at: "", message: text(content), ...known };
    this.said.push(data);
    this.tell({ name: "message", data });
  }
}

const stored = new Map<string, string>();
const storage = {
  getItem: (key: string) => stored.get(key) ?? null,
  setItem: (key: string, value: string) => void stored.set(key, value),
  removeItem: (key: string) => void stored.delete(key),
};
const shown = (chat: Conversation) => chat.view.entries.map((entry) => entry.message.content);
const sequences = (chat: Conversation) => chat.view.entries.map((entry) => entry.sequence);

let gateway: Gateway;
let chat: Conversation;

beforeEach(() => {
  stored.clear();
  gateway = new Gateway();
  chat = new Conversation(gateway, storage);
});

it("starts once, keeps the token and follows", async () => {
  await chat.open();
  await chat.open();
  expect(shown(chat)).toEqual(["Welcome"]);
  expect([...stored.values()]).toEqual(["t"]);
  expect(gateway.streams).toBe(1);
  expect(chat.view.live).toBe(true);
});

it("shows every message once, though it comes by the answer and by the stream", async () => {
  await chat.open();
  await chat.say("hello");
  await chat.say("again");
  expect(shown(chat)).toEqual(["Welcome", "hello", "You said hello", "again", "You said again"]);
  expect(sequences(chat)).toEqual([1, 2, 3, 4, 5]);
  expect(chat.view.entries.every((entry) => entry.delivery === "sent")).toBe(true);
});

it("shows what a person writes, and who types", async () => {
  await chat.open();
  gateway.dialog = { answeredBy: "queue" };
  gateway.tell({ name: "dialog", data: gateway.dialog });
  await chat.say("anybody?");
  expect(chat.view.dialog.answeredBy).toBe("queue");
  gateway.tell({ name: "typing", data: { by: "agent" } });
  expect(chat.view.typing).toBe("agent");
  gateway.keep("agent", "Kim here.");
  gateway.tell({ name: "typing", data: { by: null } });
  expect(chat.view.entries.at(-1)).toMatchObject({ sender: "agent", message: text("Kim here."), sequence: 3 });
  expect(chat.view.typing).toBeNull();
});

it("puts what was said meanwhile before what is still on its way", async () => {
  await chat.open();
  const say = gateway.say.bind(gateway);
  gateway.say = async (...call) => {
    gateway.keep("agent", "One moment.");
    return say(...call);
  };
  await chat.say("hello");
  expect(shown(chat)).toEqual(["Welcome", "One moment.", "hello", "You said hello"]);
});

it("masks what is secret, and says it all the same", async () => {
  await chat.open();
  await chat.say("2468", true);
  expect(gateway.heard).toEqual(["2468"]);
  expect(JSON.stringify(chat.view.entries[1])).toContain(MASK);
  expect(JSON.stringify(chat.view.entries[1])).not.toContain("2468");
});

it("knows every question for a PIN", () => {
  const asked = ["Pin", "CurrentPin", "NewPin", "NewPinAgain", "PinCode", "Payee", null];
  expect(asked.map((slotToElicit) => asksForPin({ slotToElicit }))).toEqual([true, true, true, true, false, false, false]);
});

it("goes on after a reload", async () => {
  await chat.open();
  await chat.say("hello");
  const again = new Conversation(gateway, storage);
  await again.open();
  expect(shown(again)).toEqual(["Welcome", "hello", "You said hello"]);
  gateway.keep("agent", "Still there?");
  expect(shown(again).at(-1)).toBe("Still there?");
});

it("keeps a message that could not be sent, and sends it when asked again", async () => {
  await chat.open();
  gateway.failures = [new CallFailed("limited", "Slow down.")];
  await chat.say("hello");
  expect(chat.view.entries.at(-1)?.delivery).toBe("failed");
  expect(chat.view.trouble?.text).toBe("Slow down.");
  await chat.view.trouble?.retry?.();
  expect(shown(chat)).toEqual(["Welcome", "hello", "You said hello"]);
  expect(chat.view.trouble).toBeNull();
});

it("takes the answer from the stream when the call for it failed", async () => {
  await chat.open();
  gateway.loseAnswer = true;
  await chat.say("pay 50 dollars");
  expect(shown(chat)).toEqual(["Welcome", "pay 50 dollars", "You said pay 50 dollars"]);
  expect(chat.view.trouble).toBeNull();
  expect(chat.view.phase).toBe("ready");
});

it("says nothing twice without a stream either: the message keeps its id", async () => {
  gateway.events = async () => {
    throw new CallFailed("broken", "No stream.");
  };
  chat = new Conversation(gateway, storage, { wait: () => new Promise(() => {}) });
  await chat.open();
  gateway.loseAnswer = true;
  await chat.say("pay 50 dollars");
  expect(chat.view.entries.at(-1)?.delivery).toBe("failed");
  await chat.view.trouble?.retry?.();
  expect(gateway.heard).toEqual(["pay 50 dollars"]);
  expect(shown(chat)).toEqual(["Welcome", "pay 50 dollars", "You said pay 50 dollars"]);
  expect(chat.view.live).toBe(false);
});

it("gives the text back when the session has expired, unless it is secret", async () => {
  for (const [secret, unsent] of [[false, "hello"], [true, ""]] as const) {
    stored.clear();
    const fresh = new Conversation(gateway, storage);
    await fresh.open();
    gateway.failures = [new CallFailed("expired", "Expired.")];
    await fresh.say("hello", secret);
    expect([fresh.view.phase, fresh.view.unsent]).toEqual(["expired", unsent]);
    await fresh.start();
    expect([fresh.view.phase, fresh.view.unsent]).toEqual(["ready", unsent]);
  }
});

it("hears from the stream that it is over", async () => {
  await chat.open();
  gateway.tell({ name: "ended", data: { reason: "expired" } });
  expect(chat.view.phase).toBe("expired");
  await chat.start();
  gateway.tell({ name: "ended", data: { reason: "ended" } });
  expect(chat.view.phase).toBe("ended");
  expect(stored.size).toBe(0);
});

it("follows again with the next message when another window took the stream over", async () => {
  await chat.open();
  gateway.tell({ name: "ended", data: { reason: "replaced" } });
  expect([chat.view.phase, gateway.streams]).toEqual(["ready", 1]);
  await chat.say("hello");
  expect(gateway.streams).toBe(2);
});

it("ends, also when the server has forgotten the chat already", async () => {
  await chat.open();
  gateway.failures = [new CallFailed("broken", "No."), new CallFailed("missing", "Gone.")];
  await chat.end();
  expect(chat.view.phase).toBe("ready");
  await chat.view.trouble?.retry?.();
  expect(chat.view.phase).toBe("ended");
  expect(stored.size).toBe(0);
});

it("asks for the locale of the page, and does without it where there is none", async () => {
  expect(["en", "es-US", "es-us", "zh-Hant-TW", ""].map(localeOf)).toEqual([null, "es_US", "es_US", null, null]);
  gateway.failures = [new CallFailed("refused", "No such locale.")];
  chat = new Conversation(gateway, storage, { localeId: "es_US" });
  await chat.open();
  expect(gateway.locales).toEqual(["es_US", null]);
  expect(shown(chat)).toEqual(["Welcome"]);
});
