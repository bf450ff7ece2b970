/**
 * The little markdown that answers are written in, as a tree: bold, italics, lists and links. Everything else, HTML
 * above all, is text. Nothing here makes markup: the tree is drawn by elements of the page.
 */

export type Inline =
  | string
  | { kind: "strong"; children: Inline[] }
  | { kind: "em"; children: Inline[] }
  | { kind: "link"; href: string; children: Inline[] };

export type Block = { kind: "text"; lines: Inline[][] } | { kind: "bullets" | "numbers"; items: Inline[][]; start: number };

const SAFE_SCHEMES = new Set(["http:", "https:", "mailto:", "tel:"]);
const BULLET = /^\s{0,3}[-*•]\s+(?=\S)/;
const NUMBER = /^\s{0,3}(\d{1,3})[.)]\s+(?=\S)/;
const DEEPEST = 4;

// A mark belongs to the word it touches: "**" of a masked number ("**** 4821") or of a sum ("2 * 3") is text.
const SPAN = new RegExp(
  [
    String.raw`\[(?<label>[^[\]\n]{1,300})\]\((?<target>[^\s()<>]{1,1000})\)`,
    String.raw`(?<![\w*])\*\*(?<strong>[^\s*](?:[^*\n]{0,1000}[^\s*])?)\*\*(?![\w*])`,
    String.raw`(?<![\w_])__(?<strong2>[^\s_](?:[^\n]{0,1000}?[^\s_])?)__(?![\w_])`,
    String.raw`(?<![\w*])\*(?<em>[^\s*](?:[^*\n]{0,1000}[^\s*])?)\*(?![\w*])`,
    String.raw`(?<![\w_])_(?<em2>[^\s_](?:[^_\n]{0,1000}[^\s_])?)_(?![\w_])`,
    String.raw`(?<![\w/])(?<bare>https?:\/\/[^\s<>"'()[\]{}|\\^\x60]{1,1000})`,
  ].join("|"),
  "gu",
);

export function blocks(text: string): Block[] {
  const found: Block[] = [];
  for (const line of text.replace(/\r\n?/g, "\n").split("\n")) {
    const number = NUMBER.exec(line);
    const last = found.at(-1);
    if (BULLET.test(line)) {
      const item = inlines(line.replace(BULLET, ""));
      if (last?.kind === "bullets") last.items.push(item);
      else found.push({ kind: "bullets", items: [item], start: 1 });
    } else if (number) {
      const item = inlines(line.slice(number[0].length));
      if (last?.kind === "numbers") last.items.push(item);
      else found.push({ kind: "numbers", items: [item], start: Number(number[1]) });
    } else if (last?.kind === "text") {
      last.lines.push(inlines(line));
    } else if (line.trim()) {
      found.push({ kind: "text", lines: [inlines(line)] });
    }
  }
  return found;
}

function inlines(text: string, depth = 0): Inline[] {
  if (depth > DEEPEST) return [text];
  const found: Inline[] = [];
  let done = 0;
  for (const match of text.matchAll(SPAN)) {
    const node = span(match, depth);
    if (node === null) continue;
    const [whole, inline] = node;
    if (match.index > done) found.push(text.slice(done, match.index));
    found.push(inline);
    done = match.index + whole.length;
  }
  if (done < text.length) found.push(text.slice(done));
  return found;
}

/** What is taken of the text, and what it becomes; null where it stays text. */
function span(match: RegExpMatchArray, depth: number): [string, Inline] | null {
  const { label, target, strong, strong2, em, em2, bare } = match.groups ?? {};
  if (label !== undefined && target !== undefined) {
    const href = safeHref(target);
    return href === null ? null : [match[0], { kind: "link", href, children: [label] }];
  }
  if (bare !== undefined) {
    const address = bare.replace(/[.,;:!?*_]+$/, "");
    const href = safeHref(address);
    return href === null ? null : [address, { kind: "link", href, children: [address] }];
  }
  const bold = strong ?? strong2;
  const children = inlines(bold ?? em ?? em2 ?? "", depth + 1);
  return [match[0], { kind: bold !== undefined ? "strong" : "em", children }];
}

/** The address as the browser understands it, if a customer may be sent there; null otherwise. */
export function safeHref(target: string): string | null {
  // Browsers drop tabs and line breaks inside an address, so that "java\nscript:" is a scheme.
  if (/[\u0000-\u0020\u007f-\u00a0\u200b-\u200f\u2028-\u202e\u2066-\u2069\\]/u.test(target)) return null;
  let url: URL;
  try {
    url = new URL(target);
  } catch {
    return null; // a relative address would be one of this site's
  }
  if (!SAFE_SCHEMES.has(url.protocol)) return null;
  // "https://bank.example@evil.example" shows one host and goes to another.
  if (url.username || url.password) return null;
  return url.href;
}
