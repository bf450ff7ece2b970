import { describe, expect, it } from "vitest";
import { frameOf, placesOf, quarterLevels, scoredRuns, timeTicks, xOf, yOf } from "../src/dashboard/graph-scale";
import type { Turn } from "../src/dashboard/types";

const frame = frameOf(800);

function turn(speaker: string, score: number | null): Turn {
  const sentiment = { score, label: null, scale: "probability" as const, reason: null };
  return { start: 0, end: 1, speaker, role: "CALLER", text: "", sentiment, redactions: [], interruption: false };
}

describe("the axes", () => {
  it("put zero in the middle and the ends at the ends", () => {
    expect(yOf(frame, 1)).toBe(frame.top);
    expect(yOf(frame, -1)).toBe(frame.height - frame.bottom);
    expect(yOf(frame, 0)).toBe((yOf(frame, 1) + yOf(frame, -1)) / 2);
    expect([xOf(frame, 100, 0), xOf(frame, 100, 100)]).toEqual([frame.left, 800 - frame.right]);
  });

  it("keep what is outside, or without a duration, inside the frame", () => {
    expect(xOf(frame, 100, 130)).toBe(800 - frame.right);
    expect(xOf(frame, 0, 0)).toBeGreaterThan(frame.left);
  });

  it("have whole steps that leave room for their words", () => {
    expect(timeTicks(165, 740)).toEqual([0, 30, 60, 90, 120, 150]);
    expect(timeTicks(65, 300)).toEqual([0, 30, 60]);
    expect(timeTicks(0, 300)).toEqual([0]);
    for (const duration of [3, 59, 600, 7300, 200_000]) {
      expect(timeTicks(duration, 740).length).toBeLessThanOrEqual(740 / 72 + 1);
    }
  });
});

describe("marks", () => {
  it("step aside for an earlier one at the same place, and only then", () => {
    const places = placesOf(frame, [turn("a", 0), turn("b", 0), turn("a", 1), turn("b", null)], 60);
    expect(places.map(({ x }) => x - (places[0]?.x ?? 0))).toEqual([0, 11, 0, 0]);
    expect(places[3]?.y).toBeGreaterThan(yOf(frame, -1));
  });
});

describe("a speaker's line", () => {
  it("breaks at a turn whose score is not known, and not at the other's turns", () => {
    const turns = [turn("a", 0.1), turn("b", 1), turn("a", 0), turn("a", null), turn("b", null), turn("a", -1)];
    expect(scoredRuns(turns, "a")).toEqual([[0, 2], [5]]);
    expect(scoredRuns(turns, "c")).toEqual([]);
  });
});

describe("the quarters", () => {
  it("leave out those without a score: unknown is not zero", () => {
    const quarter = (score: number | null) => ({ score, begin: null, end: null });
    expect(quarterLevels([quarter(0.5), quarter(null), quarter(0), quarter(null)], 80)).toEqual([
      { from: 0, to: 20, score: 0.5 },
      { from: 40, to: 60, score: 0 },
    ]);
  });
});
