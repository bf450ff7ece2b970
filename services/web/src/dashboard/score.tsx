import { Icon } from "../icons";
import { score, tone } from "./format";

const HALF = 22;

/** A number with its sign and a bar from the middle: left is negative, right is positive. */
export function Score({ value, unknown }: { value: number | null; unknown: string }) {
  if (value === null) return <Unknown why={unknown} />;
  const length = Math.min(1, Math.abs(value)) * HALF;
  return (
    <span class={`score ${tone(value)}`}>
      <svg class="score-bar" viewBox={`0 0 ${2 * HALF} 8`} width={2 * HALF} height="8" aria-hidden="true">
        <rect class="track" width={2 * HALF} height="8" rx="2" />
        <rect class="fill" x={value < 0 ? HALF - length : HALF} width={length} height="8" rx="1" />
        <path class="middle" d={`M${HALF} 0v8`} />
      </svg>
      <span class="number">{score(value)}</span>
    </span>
  );
}

export function Trend({ value }: { value: number | null }) {
  if (value === null) return <Unknown why="Not known: a trend needs two quarters with analysed turns" />;
  const kind = tone(value);
  const icon = kind === "positive" ? "arrowUp" : kind === "negative" ? "arrowDown" : "flat";
  return (
    <span class={`trend ${kind}`}>
      <Icon name={icon} />
      <span class="number">{score(value)}</span>
    </span>
  );
}

export function Unknown({ why }: { why: string }) {
  return (
    <span class="unknown" title={why}>
      <span aria-hidden="true">–</span>
      <span class="visually-hidden">{why}</span>
    </span>
  );
}

export const NOBODY_SCORED = "Not known: there is no analysed turn of this speaker";
