import { describe, expect, it } from "vitest";
import { bytes, clock, language, moment, plural, score, tone } from "../src/dashboard/format";

describe("numbers", () => {
  it("show their sign, and the unknown is not a number", () => {
    expect([0.42, -0.1, 0, -0.004, 1, null].map(score)).toEqual(["+0.42", "−0.10", "0.00", "0.00", "+1.00", "–"]);
  });

  it("have the colour of what is shown, and the unknown is not neutral", () => {
    expect([0.42, -0.1, 0, 0.004, null].map(tone)).toEqual(["positive", "negative", "neutral", "neutral", "unknown"]);
  });

  it("count", () => {
    expect([plural(1, "turn"), plural(0, "turn")]).toEqual(["1 turn", "0 turns"]);
    expect([12, 1500, 60_000, 2_400_000].map(bytes)).toEqual(["12 B", "1.5 kB", "60 kB", "2.4 MB"]);
  });
});

describe("times", () => {
  it("are minutes and seconds, with hours when there are any", () => {
    expect([0, 65.9, 3725, -1].map(clock)).toEqual(["00:00", "01:05", "1:02:05", "00:00"]);
  });

  it("are in the viewer's zone", () => {
    expect(moment("2026-03-02T09:30:00Z", "America/Los_Angeles")).toMatch(/Mar 2, 2026, 1:30\sAM/);
    expect(moment("2026-03-02T09:30:00Z", "Asia/Tokyo")).toMatch(/Mar 2, 2026, 6:30\sPM/);
  });
});

describe("languages", () => {
  it("are named; a code nobody knows stays", () => {
    expect([language("es"), language("not a code"), language(null)]).toEqual(["Spanish", "not a code", "Unknown"]);
  });
});
