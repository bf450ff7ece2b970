import { expect, it } from "vitest";
import type { ChatApi } from "../src/chat/api";
import { Follower } from "../src/chat/follower";
import type { ChatEvent } from "../src/chat/types";
import { CallFailed } from "../src/http";

const message = (sequence: number): ChatEvent => ({
  name: "message",
  data: { sequence, sender: "bot", at: "", message: { contentType: "PlainText", content: `${sequence}` } },
});
type Stream = ChatEvent[] | CallFailed;

/** Each stream gives its events and breaks. */
async function followed(...streams: Stream[]) {
  const asked: number[] = [];
  const waits: number[] = [];
  const heard: ChatEvent[] = [];
  const live: boolean[] = [];
  const left = [...streams];
  const events: ChatApi["events"] = async (_token, after, on) => {
    asked.push(after);
    const stream = left.shift() ?? [];
    if (stream instanceof CallFailed) throw stream;
    stream.forEach(on);
  };
  const follower: Follower = new Follower(
    { events } as ChatApi,
    "t",
    1,
    (event) => heard.push(event),
    (is) => live.push(is),
    {
      random: () => 1,
      wait: async (milliseconds) => {
        waits.push(milliseconds);
        if (left.length === 0) follower.stop();
      },
    },
  );
  await follower.run();
  return { asked, waits, live, heard: heard.map((event) => (event.name === "message" ? event.data.sequence : event.name)) };
}

it("comes back with the last number, and hears nothing twice", async () => {
  const found = await followed([message(2), message(3)], [message(3), message(4)], [message(4), message(5)]);
  expect(found.asked).toEqual([1, 3, 4]);
  expect(found.heard).toEqual([2, 3, 4, 5]);
});

it("waits longer and longer, and begins anew once something was heard", async () => {
  const down = new CallFailed("broken", "No.");
  const found = await followed(down, down, down, down, down, down, down, down, [message(2)], down);
  expect(found.waits).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 500, 1000]);
  expect(found.live).toContain(true);
  expect(found.live.at(-1)).toBe(false);
});

it("stops where it is told that it is over", async () => {
  const found = await followed([message(2), { name: "ended", data: { reason: "ended" } }], [message(3)]);
  expect(found.heard).toEqual([2, "ended"]);
  expect(found.asked).toEqual([1]);
});

it("says that the chat has expired when the token is refused", async () => {
  const found = await followed([message(2)], new CallFailed("expired", "No."), [message(3)]);
  expect(found.heard).toEqual([2, "ended"]);
  expect(found.asked).toEqual([1, 2]);
});
