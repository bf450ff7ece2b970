import { expect, it } from "vitest";
import { pieces, redactionName } from "../src/dashboard/redactions";

const hidden = (begin: number, end: number) => ({ type: "BANK_ACCOUNT_NUMBER", begin, end });
const shown = (text: string, ...redactions: ReturnType<typeof hidden>[]) =>
  pieces(text, redactions).map((piece) => (piece.redacted === null ? piece.text : "#"));

it("cuts the text where something was taken out", () => {
  expect(shown("It is [ACCOUNT], thanks", hidden(6, 15))).toEqual(["It is ", "#", ", thanks"]);
  expect(shown("nothing")).toEqual(["nothing"]);
  expect(shown("1234", hidden(0, 4))).toEqual(["#"]);
});

it("counts characters, as the server does", () => {
  expect(shown("😀😀 1234 ok", hidden(3, 7))).toEqual(["😀😀 ", "#", " ok"]);
});

it("hides all that overlapping redactions cover", () => {
  expect(shown("abcdefgh", hidden(4, 6), hidden(2, 5), hidden(2, 4)).join("")).toBe("ab##gh");
});

it("names what was taken out", () => {
  expect(redactionName("BANK_ACCOUNT_NUMBER")).toBe("bank account number");
});
