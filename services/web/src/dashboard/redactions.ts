/** A turn's text cut where something was taken out. */

import type { Redaction } from "./types";

export interface Piece {
  text: string;
  /** The kind of what was taken out; then `text` must not be shown. */
  redacted: string | null;
}

/** Offsets count characters, not UTF-16 units. Overlapping redactions hide all they cover. */
export function pieces(text: string, redactions: readonly Redaction[]): Piece[] {
  const letters = Array.from(text);
  const found: Piece[] = [];
  let at = 0;
  for (const { type, begin, end } of [...redactions].sort((one, other) => one.begin - other.begin)) {
    if (end <= at) continue;
    const from = Math.max(at, begin);
    if (from > at) found.push({ text: letters.slice(at, from).join(""), redacted: null });
    found.push({ text: letters.slice(from, end).join(""), redacted: type });
    at = end;
  }
  if (at < letters.length) found.push({ text: letters.slice(at).join(""), redacted: null });
  return found;
}

/** "BANK_ACCOUNT_NUMBER" → "bank account number". */
export function redactionName(type: string): string {
  return type.toLowerCase().replaceAll("_", " ");
}
