import { beforeEach, expect, it } from "vitest";
import type { ChatApi } from "../src/chat/api";
import { Conversation, MASK } from "../src/chat/conversation";
import type { ChatDialog, ChatHistoryEntry, ChatMessage } from "../src/chat/types";
import { CallFailed } from "../src/http";

const text = (content: string): ChatMessage => ({ contentType: "PlainText", content });

/** A gateway that remembers, fails when told to, and can lose an answer after hearing the message. */
class Gateway implements ChatApi {
  said: ChatHistoryEntry[] = [];
  heard: string[] = [];
  failures: CallFailed[] = [];
  loseAnswer = false;
  dialog: ChatDialog = {};

  async start() {
    this.fail();
    return { sessionId: "s", token: "t", expiresAt: "", messages: [text("Welcome")] };
  }

  async say(_token: string, said: string) {
    this.fail();
    this.heard.push(said);
    this.keep("customer", said);
    this.keep("bot", `You said ${said}`);
    if (this.loseAnswer) {
      this.loseAnswer = false;
      throw new CallFailed("timeout", "Too late.");
    }
    return { messages: [text(`You said ${said}`)], dialog: this.dialog };
  }

  async history() {
    this.fail();
    return { messages: this.said, dialog: this.dialog };
  }

  async end() {
    this.fail();
  }

  private keep(sender: "customer" | "bot", content: string) {
    this.said.push({ sequence: this.said.length, sender, at: "", message: text(content) });
  }

  private fail() {
    const failure = this.failures.shift();
    if (failure) throw failure;
  }
}

const stored = new Map<string, string>();
const storage = {
  getItem: (key: string) => stored.get(key) ?? null,
  setItem: (key: string, value: string) => void stored.set(key, value),
  removeItem: (key: string) => void stored.delete(key),
};
const shown = (chat: Conversation) => chat.view.entries.map((entry) => entry.message.content);

let gateway: Gateway;
let chat: Conversation;

beforeEach(() => {
  stored.clear();
  gateway = new Gateway();
  chat = new Conversation(gateway, storage);
});

it("starts once and keeps the token", async () => {
  await chat.open();
  await chat.open();
  expect(shown(chat)).toEqual(["Welcome"]);
  expect([...stored.values()]).toEqual(["t"]);
});

it("masks what is secret, and says it all the same", async () => {
  await chat.open();
  await chat.say("2468", true);
  expect(gateway.heard).toEqual(["2468"]);
  expect(JSON.stringify(chat.view.entries[1])).toContain(MASK);
  expect(JSON.stringify(chat.view.entries[1])).not.toContain("2468");
});

it("goes on after a reload", async () => {
  await chat.open();
  await chat.say("hello");
  const again = new Conversation(gateway, storage);
  await again.open();
  expect(shown(again)).toEqual(["hello", "You said hello"]);
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

it("does not say twice what was heard though its answer was lost", async () => {
  await chat.open();
  gateway.loseAnswer = true;
  await chat.say("pay 50 dollars");
  await chat.view.trouble?.retry?.();
  expect(gateway.heard).toEqual(["pay 50 dollars"]);
  expect(shown(chat)).toEqual(["pay 50 dollars", "You said pay 50 dollars"]);
  expect(chat.view.phase).toBe("ready");
});

it("sends a new message after a lost answer, behind what was lost", async () => {
  await chat.open();
  gateway.loseAnswer = true;
  await chat.say("one");
  await chat.say("two");
  expect(gateway.heard).toEqual(["one", "two"]);
  expect(shown(chat)).toEqual(["one", "You said one", "two", "You said two"]);
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

it("ends, also when the server has forgotten the chat already", async () => {
  await chat.open();
  gateway.failures = [new CallFailed("broken", "No."), new CallFailed("missing", "Gone.")];
  await chat.end();
  expect(chat.view.phase).toBe("ready");
  await chat.view.trouble?.retry?.();
  expect(chat.view.phase).toBe("ended");
  expect(stored.size).toBe(0);
});
