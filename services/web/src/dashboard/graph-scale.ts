/** Where things lie in the sentiment graph: plain numbers in, coordinates out. */

import type { Interaction, Quarter, Role, Speaker, Turn } from "./types";

export interface Frame {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** The strip under -1 holds the turns without a score. */
export function frameOf(width: number): Frame {
  const narrow = width < 560;
  return { width, height: narrow ? 290 : 340, left: narrow ? 40 : 44, right: 14, top: 16, bottom: 64 };
}

export function xOf(frame: Frame, duration: number, seconds: number): number {
  const span = frame.width - frame.left - frame.right;
  const part = duration > 0 ? Math.min(1, Math.max(0, seconds / duration)) : 0.5;
  return frame.left + part * span;
}

export function yOf(frame: Frame, score: number): number {
  const span = frame.height - frame.top - frame.bottom;
  return frame.top + ((1 - score) / 2) * span;
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];

/** Times for the axis: whole steps, not closer together than `gap` pixels. */
export function timeTicks(duration: number, width: number, gap = 72): number[] {
  const most = Math.max(1, Math.floor(width / gap));
  const step = STEPS.find((candidate) => duration / candidate <= most) ?? Math.ceil(duration / most / 3600) * 3600;
  return Array.from({ length: Math.floor(duration / step) + 1 }, (_, index) => index * step);
}

/** A turn stands at its middle: the same moment that decides its quarter. */
export function middleOf(turn: Turn): number {
  return (turn.start + turn.end) / 2;
}

/** The line on which the unknown turns are marked. */
export function stripOf(frame: Frame): number {
  return frame.height - 38;
}

export interface Place {
  x: number;
  y: number;
}

const APART = 11;

/**
 * Where each turn's mark stands. In a chat a question and its answer often have the same moment and score: the later
 * one steps aside, so that neither hides the other.
 */
export function placesOf(frame: Frame, turns: readonly Turn[], duration: number): Place[] {
  const places: Place[] = [];
  for (const turn of turns) {
    const { score } = turn.sentiment;
    const place = { x: xOf(frame, duration, middleOf(turn)), y: score === null ? stripOf(frame) : yOf(frame, score) };
    const near = (other: Place) => Math.abs(other.x - place.x) < APART - 1 && Math.abs(other.y - place.y) < APART - 1;
    const before = places.slice(-3).findLast(near);
    if (before) place.x = Math.min(before.x + APART, frame.width - frame.right + APART);
    places.push(place);
  }
  return places;
}

/** Speakers with something to show, callers first. */
export function shownSpeakers({ speakers }: Interaction): Speaker[] {
  const rank: Record<Role, number> = { CALLER: 0, AGENT: 1, BOT: 2, IVR: 3 };
  return speakers.filter((speaker) => speaker.turns > 0).sort((one, other) => rank[one.role] - rank[other.role]);
}

/** Runs of scored turns, as turn indexes: a line must not be drawn across a turn whose score is unknown. */
export function scoredRuns(turns: readonly Turn[], speaker: string): number[][] {
  const runs: number[][] = [[]];
  turns.forEach((turn, index) => {
    if (turn.speaker !== speaker) return;
    if (turn.sentiment.score === null) runs.push([]);
    else runs.at(-1)?.push(index);
  });
  return runs.filter((run) => run.length > 0);
}

export interface Level {
  from: number;
  to: number;
  score: number;
}

/** The average of each quarter over the whole of that quarter's time. */
export function quarterLevels(quarters: readonly Quarter[], duration: number): Level[] {
  const length = duration / quarters.length;
  return quarters.flatMap(({ score }, index) =>
    score === null ? [] : [{ from: index * length, to: (index + 1) * length, score }],
  );
}
