import { describe, expect, it } from "vitest";
import type { Explanation, Measure, Role, Sentiment, Speaker } from "../src/dashboard/types";
import { swapped } from "../src/dashboard/voices";
import { meaning, working } from "../src/dashboard/working";

function felt(score: number | null, positive = 0, negative = 0): Sentiment {
  return { score, label: null, scale: "probability", reason: null, positive, negative };
}

function explanation(measure: Measure, value: number | null, turns: Sentiment[], denominator: number | null = null) {
  const told: Explanation = {
    measure,
    value,
    formula: "fewer than two quarters have a score",
    denominator,
    sentiment_engine: "an engine",
    min_sentiment_negative: 0.4,
    min_sentiment_positive: 0.3,
    turns: turns.map((sentiment, turn) => ({ turn, start: turn, text: "said", sentiment })),
  };
  return told;
}

function speaker(label: string, role: Role, quarters: (number | null)[] = []): Speaker {
  return { speaker: label, role, quarters: quarters.map((score) => ({ score, begin: null, end: null })) } as Speaker;
}

const NOBODY = { speakers: [] };

describe("the sum behind a number", () => {
  it("adds the scores of a mean up and divides them", () => {
    const mean = explanation("average", -0.185, [felt(0.35), felt(-0.72)], 2);
    expect(working(mean, NOBODY)).toBe("(+0.35 − 0.72) ÷ 2 = −0.18");
    const many = explanation("quarter_2", 0.5, Array.from({ length: 13 }, () => felt(0.5)), 13);
    expect(working(many, NOBODY)).toBe("+6.50 ÷ 13 = +0.50");
  });

  it("takes one end from the other", () => {
    const spoken = { speakers: [speaker("a", "CALLER", [null, -0.5, null, 0.25])] };
    expect(working(explanation("trend", 0.75, [felt(-0.5), felt(0.25)]), spoken, "a")).toBe("+0.25 − (−0.50) = +0.75");
    expect(working(explanation("change", -1, [felt(0.6), felt(-0.4)]), NOBODY)).toBe("−0.40 − (+0.60) = −1.00");
  });

  it("stretches what is above a threshold, the negative first", () => {
    expect(working(explanation("turn", -0.5, [felt(-0.5, 0.9, 0.7)]), NOBODY)).toBe("−(0.70 − 0.40) ÷ (1 − 0.40) = −0.50");
    expect(working(explanation("turn", 0.5, [felt(0.5, 0.65, 0.1)]), NOBODY)).toBe("(0.65 − 0.30) ÷ (1 − 0.30) = +0.50");
    expect(working(explanation("turn", 0, [felt(0, 0.2, 0.2)]), NOBODY)).toBe("Neither feeling reaches its threshold: 0.00");
  });

  it("is not made up where there is none", () => {
    expect(working(explanation("trend", null, []), NOBODY, "a")).toBeNull();
    expect(working(explanation("turn", 1, [{ ...felt(1), scale: "label" }]), NOBODY)).toBeNull();
    const nothing = explanation("turn", null, [felt(null)]);
    expect(meaning({ ...nothing, formula: "There are no words." })).toBe("There are no words.");
  });
});

describe("two voices", () => {
  const [caller, agent] = [speaker("spk_0", "CALLER"), speaker("spk_1", "AGENT")];

  it("change their roles with each other", () => {
    expect(swapped({ kind: "call", speakers: [caller, agent] })).toEqual({ spk_0: "AGENT", spk_1: "CALLER" });
  });

  it("are two, of a call, and have different roles", () => {
    expect(swapped({ kind: "chat", speakers: [caller, agent] })).toBeNull();
    expect(swapped({ kind: "call", speakers: [caller] })).toBeNull();
    expect(swapped({ kind: "call", speakers: [caller, agent, speaker("spk_2", "IVR")] })).toBeNull();
    expect(swapped({ kind: "call", speakers: [caller, speaker("spk_1", "CALLER")] })).toBeNull();
  });
});
