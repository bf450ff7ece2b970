/** What the list shows, as it stands in the address bar and as it is asked of the server. */

import { CHANNELS } from "./format";

export const SORT_KEYS = [
  "started_at",
  "duration",
  "caller_average",
  "caller_trend",
  "agent_average",
  "agent_trend",
  "channel",
  "turn_count",
] as const;
export type SortKey = (typeof SORT_KEYS)[number];
export type Order = "asc" | "desc";

export const SENTIMENTS = ["positive", "neutral", "negative", "unknown"] as const;

/** `from` and `to` are days (yyyy-mm-dd) of the viewer, both included. */
export interface ListQuery {
  sort: SortKey;
  order: Order;
  channel: string;
  sentiment: string;
  from: string;
  to: string;
}

export const DEFAULT_QUERY: ListQuery = {
  sort: "started_at",
  order: "desc",
  channel: "",
  sentiment: "",
  from: "",
  to: "",
};

/** What an address bar may hold is not trusted: unknown values fall back to the default. */
export function readQuery(search: string): ListQuery {
  const values = new URLSearchParams(search);
  const pick = (name: keyof ListQuery, allowed: readonly string[]) => {
    const value = values.get(name) ?? "";
    return allowed.includes(value) ? value : DEFAULT_QUERY[name];
  };
  const day = (name: "from" | "to") => (isDay(values.get(name)) ? (values.get(name) ?? "") : "");
  return {
    sort: pick("sort", SORT_KEYS) as SortKey,
    order: pick("order", ["asc", "desc"]) as Order,
    channel: pick("channel", Object.keys(CHANNELS)),
    sentiment: pick("sentiment", SENTIMENTS),
    from: day("from"),
    to: day("to"),
  };
}

/** For the address bar: only what differs from the default, "" when nothing does. */
export function writeQuery(query: ListQuery): string {
  const values = new URLSearchParams();
  for (const name of Object.keys(DEFAULT_QUERY) as (keyof ListQuery)[]) {
    if (query[name] !== DEFAULT_QUERY[name]) values.set(name, query[name]);
  }
  const text = values.toString();
  return text && `?${text}`;
}

/** For the server: days become moments, in the viewer's zone. */
export function serverQuery(query: ListQuery, limit: number, cursor?: string): string {
  const values = new URLSearchParams({ sort: query.sort, order: query.order, limit: String(limit) });
  if (query.channel) values.set("channel", query.channel);
  if (query.sentiment) values.set("sentiment", query.sentiment);
  if (query.from) values.set("from", startOf(query.from).toISOString());
  if (query.to) values.set("to", dayAfter(query.to).toISOString());
  if (cursor) values.set("cursor", cursor);
  return values.toString();
}

/** A click on a heading: first the larger values, a second click turns it round. */
export function sortedBy(query: ListQuery, key: SortKey): ListQuery {
  if (query.sort === key) return { ...query, order: query.order === "desc" ? "asc" : "desc" };
  return { ...query, sort: key, order: key === "channel" ? "asc" : "desc" };
}

export function isFiltered(query: ListQuery): boolean {
  return Boolean(query.channel || query.sentiment || query.from || query.to);
}

function isDay(value: string | null): boolean {
  return value !== null && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(startOf(value).getTime());
}

/** Without a zone in the text a date with a time is read in the viewer's zone. */
function startOf(day: string): Date {
  return new Date(`${day}T00:00:00`);
}

/** The server leaves its `to` out, so the day is whole when it is the next day's start. */
function dayAfter(day: string): Date {
  const start = startOf(day);
  return new Date(start.getFullYear(), start.getMonth(), start.getDate() + 1);
}
