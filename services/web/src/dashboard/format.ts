/** How numbers, times and names are written. */

import type { Channel, Fate, Role } from "./types";

const MINUS = "−";

/** 65 → "01:05", 3725 → "1:02:05". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${pad(Math.floor(whole / 60) % 60)}:${pad(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/** +0.42, −0.10, 0.00; "–" is unknown. */
export function score(value: number | null): string {
  if (value === null) return "–";
  const digits = Math.abs(value).toFixed(2);
  if (Number(digits) === 0) return digits;
  return (value < 0 ? MINUS : "+") + digits;
}

export type Tone = "positive" | "negative" | "neutral" | "unknown";

/** A colour follows the number that is shown: what reads 0.00 is neutral. */
export function tone(value: number | null): Tone {
  if (value === null) return "unknown";
  const shown = Math.round(value * 100);
  if (shown === 0) return "neutral";
  return shown > 0 ? "positive" : "negative";
}

export function moment(iso: string, zone?: string): string {
  const options: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat("en-US", zone ? { ...options, timeZone: zone } : options).format(new Date(iso));
}

export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  if (size < 1_000_000) return `${(size / 1000).toFixed(size < 10_000 ? 1 : 0)} kB`;
  return `${(size / 1_000_000).toFixed(1)} MB`;
}

/** "en-US" → "English (US)"; a code nobody knows stays as it is. */
export function language(code: string | null): string {
  if (!code) return "Unknown";
  try {
    return new Intl.DisplayNames(["en"], { type: "language", style: "short" }).of(code) ?? code;
  } catch {
    return code;
  }
}

export const CHANNELS: Record<Channel, string> = {
  call: "Call",
  web: "Web chat",
  sms: "SMS",
  voice: "Voice bot",
  slack: "Slack",
  connect: "Connect",
  chat: "Chat",
};

export const ROLES: Record<Role, string> = { CALLER: "Caller", AGENT: "Agent", BOT: "Bot", IVR: "Phone menu" };

export const FATES: Record<Fate, string> = {
  waiting: "Waiting",
  running: "Working",
  done: "Done",
  duplicate: "Duplicate",
  rejected: "Rejected",
  failed: "Failed",
  cancelled: "Cancelled",
  erased: "Erased",
};

const STEPS: Record<string, string> = {
  identify: "recognising the file",
  prepare: "preparing",
  transcribe: "transcribing",
  analyse: "analysing",
  write: "writing the result",
  index: "adding to the list",
};

export function step(name: string | null): string {
  return name ? (STEPS[name] ?? name) : "";
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
