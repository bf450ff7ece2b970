import { expect, test } from "vitest";
import type { SaidTurn } from "../src/dashboard/conversation-types";
import { withTurn } from "../src/dashboard/follow-conversation";
import { about } from "../src/dashboard/queue";
import { routeOf } from "../src/dashboard/router";

function turn(sequence: number, text = "", delivery: SaidTurn["delivery"] = null): SaidTurn {
  return { sequence, sender: "agent", at: "2026-01-01T00:00:00Z", text, choices: [], delivery, delivery_error: null };
}

test("turns stand in order, each once, and the latest word of one counts", () => {
  let turns: SaidTurn[] = [];
  for (const one of [turn(1), turn(3), turn(2), turn(3, "", "sent"), turn(5), turn(3, "", "delivered")]) {
    turns = withTurn(turns, one);
  }
  expect(turns.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 5]);
  expect(turns[2]?.delivery).toBe("delivered");
});

test("an intent is written as words", () => {
  expect(about("MakePayment")).toBe("Make payment");
  expect(about(null)).toBe("Asked for a person");
});

test("a conversation has an address of its own", () => {
  const id = "abcdefghijklmnopqrstuvwxyz";
  expect(routeOf(`/dashboard/conversations/${id}`)).toEqual({ page: "conversation", id });
  expect(routeOf("/dashboard/conversations")).toEqual({ page: "queue" });
  expect(routeOf("/dashboard/conversations/../x")).toEqual({ page: "unknown" });
});
