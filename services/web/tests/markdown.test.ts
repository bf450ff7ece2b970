import { expect, it } from "vitest";
import { type Block, blocks, type Inline, safeHref } from "../src/chat/markdown";

/** The tree in a form that is read at a glance. */
const drawn = (inlines: Inline[]): string =>
  inlines
    .map((inline) => {
      if (typeof inline === "string") return inline;
      const inside = drawn(inline.children);
      return inline.kind === "link" ? `{${inside}|${inline.href}}` : `{${inline.kind} ${inside}}`;
    })
    .join("");
const block = (found: Block): string =>
  found.kind === "text" ? found.lines.map(drawn).join("/") : `${found.kind}${found.start}(${found.items.map(drawn).join(";")})`;
const read = (text: string) => blocks(text).map(block).join(" ¶ ");

it.each([
  ["Plain words.", "Plain words."],
  ["It is **$2,914.37** now.", "It is {strong $2,914.37} now."],
  ["__Bold__ and _slanted_ and *slanted*.", "{strong Bold} and {em slanted} and {em slanted}."],
  ["**bold with _both_**", "{strong bold with {em both}}"],
  ["one\ntwo", "one/two"],
  ["Plans:\n- Basic\n* Plus\n• Gold\nChoose.", "Plans: ¶ bullets1(Basic;Plus;Gold) ¶ Choose."],
  ["3. three\n4) four", "numbers3(three;four)"],
  ["[our page](https://bank.example/a?b=1#c)", "{our page|https://bank.example/a?b=1#c}"],
  ["See https://bank.example/fees.", "See {https://bank.example/fees|https://bank.example/fees}."],
  ["[call](tel:+18005550199), [write](mailto:help@bank.example)", "{call|tel:+18005550199}, {write|mailto:help@bank.example}"],
])("reads %j", (text, found) => expect(read(text)).toBe(found));

it.each([
  "Your account **** 4821 and your account **** 1234",
  "****4821 and ****1234",
  "2 * 3 * 4 = 24",
  "a*b*c and snake_case_name and __init__x",
  "**not closed",
  "* ",
  "[text] (elsewhere)",
  "[a](/relative) [b](//evil.example) [c](evil.example)",
])("leaves %j as it is", (text) => expect(read(text)).toBe(text));

const ATTACKS = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg/onload=alert(1)>",
  '"><iframe src=javascript:alert(1)>',
  "<a href='javascript:alert(1)'>x</a>",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert`1`)",
  "[x](\u0001javascript:alert`1`)",
  "[x](java\tscript:alert`1`)",
  "[x](java\u200bscript:alert`1`)",
  "[x](data:text/html;base64,PHNjcmlwdD4=)",
  "[x](vbscript:msgbox)",
  "[x](blob:https://bank.example/1)",
  "[x](file:///etc/passwd)",
  "[x](view-source:https://bank.example)",
  "[x](https://bank.example@evil.example/)",
  "[x](https://bank.example\\@evil.example/)",
  "[x](https:/\u202egro.elpmaxe)",
  '[x](https://a.example" onmouseover="alert`1`)',
  "[![x](javascript:alert`1`)](javascript:alert`2`)",
  "**<b onclick=alert(1)>x</b>**",
];

const nodes = (inlines: Inline[]): Inline[] =>
  inlines.flatMap((inline) => (typeof inline === "string" ? [inline] : [inline, ...nodes(inline.children)]));

it.each(ATTACKS)("makes nothing but text, bold, italics and safe links of %j", (text) => {
  for (const found of blocks(text)) {
    const all = nodes(found.kind === "text" ? found.lines.flat() : found.items.flat());
    for (const node of all) {
      if (typeof node === "string") continue;
      expect(["strong", "em", "link"]).toContain(node.kind);
      if (node.kind === "link") expect(node.href).toMatch(/^(?:https?:\/\/[^@"\s]+|mailto:\S+|tel:\S+)$/);
    }
  }
});

it.each(ATTACKS.slice(6, 19))("makes no link of %j", (text) => expect(read(text)).not.toContain("{"));

it("allows four schemes", () => {
  const addresses = ["https://a.example/", "http://a.example/", "tel:+1", "mailto:a@b.example", "ftp://a.example/", "about:blank"];
  expect(addresses.map((address) => safeHref(address) !== null)).toEqual([true, true, true, true, false, false]);
});

it("gets through what is made to take for ever", () => {
  for (const text of ["*".repeat(20_000), "**a".repeat(7_000), "[".repeat(20_000), "_a ".repeat(7_000), "[a](".repeat(5_000)]) {
    expect(blocks(text)).toHaveLength(1);
  }
});
