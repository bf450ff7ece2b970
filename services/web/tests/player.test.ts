import { expect, it } from "vitest";
import { copyNote } from "../src/dashboard/player";

const silenced = (count: number) => Array.from({ length: count }, (_, at) => ({ start: at, end: at + 0.5 }));

it("says why a copy is heard", () => {
  expect(copyNote({ media_type: "audio/wav", copied: null, silenced: [] })).toBeNull();
  expect(copyNote({ media_type: "audio/mpeg", copied: "not_playable", silenced: [] })).toMatch(/^A copy/);
  expect(copyNote({ media_type: "audio/mpeg", copied: "redacted", silenced: silenced(1) })).toBe(
    "Personal data is silenced in 1 place.",
  );
  expect(copyNote({ media_type: "audio/mpeg", copied: "redacted", silenced: silenced(3) })).toBe(
    "Personal data is silenced in 3 places.",
  );
});
