/** The sum behind a number, as one would write it down. */

import { score } from "./format";
import type { Explanation, Interaction } from "./types";

const MINUS = "\u2212";
const MOST_TERMS = 12;

/** What the number means, in a sentence. */
export function meaning({ measure, value, formula }: Explanation): string {
  if (measure === "turn") {
    return value === null ? formula : "How far the stronger feeling of the turn is above its threshold, from 0 to 1.";
  }
  if (measure === "average") return "The mean of all turns of this speaker that have a score.";
  if (measure === "trend") return "The last quarter with a score, less the first one.";
  if (measure === "change") return "The last turn with a score, less the first one.";
  return "The mean of this speaker's turns whose middle lies in this quarter.";
}

/** "(+0.35 − 0.72) ÷ 2 = −0.19"; null where there is nothing to reckon. */
export function working(explanation: Explanation, interaction: Pick<Interaction, "speakers">, whose?: string) {
  const { measure, value, denominator, turns } = explanation;
  if (value === null) return null;
  const scores = turns.map((turn) => turn.sentiment.score ?? 0);
  if (measure === "turn") return ofTurn(explanation);
  if (measure === "change") return difference(scores.at(-1), scores[0], value);
  if (measure === "trend") {
    const speaker = interaction.speakers.find((one) => one.speaker === whose);
    const known = (speaker?.quarters ?? []).map((quarter) => quarter.score).filter((one) => one !== null);
    return difference(known.at(-1), known[0], value);
  }
  if (!denominator) return null;
  const sum = scores.length > MOST_TERMS ? score(scores.reduce((all, one) => all + one, 0)) : `(${chain(scores)})`;
  return `${sum} \u00f7 ${denominator} = ${score(value)}`;
}

function chain(scores: readonly number[]): string {
  return scores.map((one, index) => (index ? ` ${one < 0 ? MINUS : "+"} ${bare(one)}` : score(one))).join("");
}

function difference(last: number | undefined, first: number | undefined, value: number): string | null {
  if (last === undefined || first === undefined) return null;
  return `${score(last)} ${MINUS} (${score(first)}) = ${score(value)}`;
}

function ofTurn({ value, turns, min_sentiment_negative: tn, min_sentiment_positive: tp }: Explanation): string | null {
  const felt = turns[0]?.sentiment;
  if (!felt || value === null || felt.scale === "label") return null;
  const { positive, negative } = felt;
  if (positive === null || positive === undefined || negative === null || negative === undefined) return null;
  if (negative >= tn) return `${MINUS}(${bare(negative)} ${MINUS} ${bare(tn)}) \u00f7 (1 ${MINUS} ${bare(tn)}) = ${score(value)}`;
  if (positive >= tp) return `(${bare(positive)} ${MINUS} ${bare(tp)}) \u00f7 (1 ${MINUS} ${bare(tp)}) = ${score(value)}`;
  return `Neither feeling reaches its threshold: ${score(value)}`;
}

function bare(value: number): string {
  return Math.abs(value).toFixed(2);
}
