import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Icon } from "../icons";
import type { StaffApi } from "./api";
import { ChannelMark } from "./channel";
import { CHANNELS, clock, moment, plural } from "./format";
import { useListing } from "./pages";
import {
  DEFAULT_QUERY,
  isFiltered,
  readQuery,
  SENTIMENTS,
  serverQuery,
  SORT_KEYS,
  sortedBy,
  writeQuery,
  type ListQuery,
  type SortKey,
} from "./query";
import { detailPath, Link, navigate } from "./router";
import { NOBODY_SCORED, Score, Trend, Unknown } from "./score";
import type { InteractionHeader } from "./types";

const PAGE_SIZE = 50;
const POLL_EVERY = 15_000;

const HEADINGS: Record<SortKey, string> = {
  started_at: "Started",
  channel: "Channel",
  duration: "Duration",
  caller_average: "Caller sentiment",
  caller_trend: "Caller trend",
  agent_average: "Agent sentiment",
  agent_trend: "Agent trend",
  turn_count: "Turns",
};

export function ListPage({ api, search }: { api: StaffApi; search: string }) {
  const query = readQuery(search);
  const change = (next: ListQuery) => navigate(`/dashboard${writeQuery(next)}`, { replace: true });
  const listing = useListing(
    writeQuery(query),
    (cursor, signal) => api.interactions(serverQuery(query, PAGE_SIZE, cursor), signal),
    POLL_EVERY,
  );
  const { items, trouble, busy } = listing;

  return (
    <>
      <div class="heading">
        <h1>Interactions</h1>
        <Freshness at={listing.updatedAt} busy={busy} onRefresh={listing.refresh} />
      </div>
      <Filters query={query} onChange={change} />
      {trouble && <Trouble text={trouble} onRetry={listing.refresh} />}
      {items === null && !trouble && <Loading />}
      {items?.length === 0 && <Empty filtered={isFiltered(query)} onClear={() => change(DEFAULT_QUERY)} />}
      {items && items.length > 0 && <Table items={items} query={query} onSort={(key) => change(sortedBy(query, key))} />}
      {listing.more && (
        <div class="more">
          <button type="button" class="button quiet" disabled={busy} onClick={listing.loadMore}>
            {busy ? "Loading…" : "Load more"}
          </button>
        </div>
      )}
    </>
  );
}

export function Freshness({ at, busy, onRefresh }: { at: Date | null; busy: boolean; onRefresh: () => void }) {
  return (
    <div class="freshness">
      {at && <span>Updated {at.toLocaleTimeString("en-US")}</span>}
      <button type="button" class="button quiet small" disabled={busy} onClick={onRefresh}>
        <Icon name="refresh" /> Refresh
      </button>
    </div>
  );
}

export function Trouble({ text, onRetry }: { text: string; onRetry?: () => void }) {
  return (
    <div class="notice bad" role="alert">
      <Icon name="alert" /> <span>{text}</span>
      {onRetry && (
        <button type="button" class="button quiet small" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Loading() {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">Loading</span>
      {[0, 1, 2, 3, 4].map((row) => (
        <i key={row} />
      ))}
    </div>
  );
}

function Empty({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  return (
    <div class="empty">
      <Icon name={filtered ? "list" : "chat"} />
      <h2>{filtered ? "Nothing fits these filters" : "No interactions yet"}</h2>
      <p>
        {filtered
          ? "Other dates, channels or sentiments may have some."
          : "Upload a call recording or a transcript, or hold a chat on the bank's page."}
      </p>
      {filtered ? (
        <button type="button" class="button quiet" onClick={onClear}>
          Clear the filters
        </button>
      ) : (
        <Link class="button" href="/dashboard/upload">
          Upload files
        </Link>
      )}
    </div>
  );
}

interface FiltersProps {
  query: ListQuery;
  onChange: (query: ListQuery) => void;
}

function Filters({ query, onChange }: FiltersProps) {
  const [open, setOpen] = useState(false);
  const set = (change: Partial<ListQuery>) => onChange({ ...query, ...change });
  return (
    <form class={open ? "filters" : "filters folded"} aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <label>
        Channel
        <select value={query.channel} onChange={(event) => set({ channel: event.currentTarget.value })}>
          <option value="">All</option>
          {Object.entries(CHANNELS).map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </select>
      </label>
      <label>
        Caller sentiment
        <select value={query.sentiment} onChange={(event) => set({ sentiment: event.currentTarget.value })}>
          <option value="">All</option>
          {SENTIMENTS.map((value) => (
            <option key={value} value={value}>
              {value[0]?.toUpperCase() + value.slice(1)}
            </option>
          ))}
        </select>
      </label>
      <label>
        From
        <input type="date" value={query.from} max={query.to} onChange={(event) => set({ from: event.currentTarget.value })} />
      </label>
      <label>
        To
        <input type="date" value={query.to} min={query.from} onChange={(event) => set({ to: event.currentTarget.value })} />
      </label>
      <label class="phone-only">
        Sort by
        <select
          value={`${query.sort} ${query.order}`}
          onChange={(event) => {
            const [sort, order] = event.currentTarget.value.split(" ");
            set({ sort: sort as SortKey, order: order as ListQuery["order"] });
          }}
        >
          {SORT_KEYS.flatMap((key) => [
            <option key={`${key} desc`} value={`${key} desc`}>
              {HEADINGS[key]} ↓
            </option>,
            <option key={`${key} asc`} value={`${key} asc`}>
              {HEADINGS[key]} ↑
            </option>,
          ])}
        </select>
      </label>
      <button type="button" class="button quiet phone-only" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? "Fewer filters" : "Filters"}
      </button>
      {isFiltered(query) && (
        <button
          type="button"
          class="button quiet small"
          onClick={() => onChange({ ...DEFAULT_QUERY, sort: query.sort, order: query.order })}
        >
          Clear
        </button>
      )}
    </form>
  );
}

interface TableProps {
  items: InteractionHeader[];
  query: ListQuery;
  onSort: (key: SortKey) => void;
}

function Table({ items, query, onSort }: TableProps) {
  const heading = (key: SortKey, number = true) => (
    <Heading sortKey={key} query={query} onSort={onSort} number={number} />
  );
  return (
    <div class="table-box">
      <table class="rows interactions">
        <thead>
          <tr>
            {heading("started_at", false)}
            {heading("channel", false)}
            <th scope="col">Customer and agent</th>
            {heading("duration")}
            {heading("caller_average")}
            {heading("caller_trend")}
            {heading("agent_average")}
            {heading("agent_trend")}
            {heading("turn_count")}
            <th scope="col">
              <span class="visually-hidden">Warnings</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <Row key={item.interaction_id} item={item} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadingProps {
  sortKey: SortKey;
  query: ListQuery;
  onSort: (key: SortKey) => void;
  number: boolean;
}

function Heading({ sortKey, query, onSort, number }: HeadingProps) {
  const sorted = query.sort === sortKey;
  const icon = !sorted ? "arrowUpDown" : query.order === "asc" ? "arrowUp" : "arrowDown";
  return (
    <th
      scope="col"
      class={number ? "numeric" : undefined}
      aria-sort={!sorted ? undefined : query.order === "asc" ? "ascending" : "descending"}
    >
      <button type="button" class={sorted ? "sorted" : undefined} onClick={() => onSort(sortKey)}>
        {HEADINGS[sortKey]} <Icon name={icon} />
      </button>
    </th>
  );
}

function Row({ item }: { item: InteractionHeader }) {
  const path = detailPath(item.interaction_id);
  const cell = (label: string, content: ComponentChildren, kind = "numeric") => (
    <td data-label={label} class={kind}>
      {content}
    </td>
  );
  function go() {
    if (!getSelection()?.toString()) navigate(path);
  }
  return (
    <tr onClick={go}>
      <td class="lead-cell">
        <Link href={path}>{moment(item.started_at)}</Link>
      </td>
      {cell("Channel", <ChannelMark channel={item.channel} />, "channel-cell")}
      {cell("Customer and agent", <People item={item} />, "people-cell")}
      {cell("Duration", clock(item.duration), "numeric duration-cell")}
      {cell("Caller", <Score value={item.caller_average} unknown={NOBODY_SCORED} />)}
      {cell("Trend", <Trend value={item.caller_trend} />)}
      {cell("Agent", <Score value={item.agent_average} unknown={NOBODY_SCORED} />)}
      {cell("Trend", <Trend value={item.agent_trend} />)}
      {cell("Turns", item.turn_count, "numeric turns-cell")}
      <td class="warning-cell"><WarningMark warnings={doubts(item)} /></td>
    </tr>
  );
}

function People({ item: { customer, agent } }: { item: InteractionHeader }) {
  if (!customer && !agent) return <Unknown why="Neither the customer nor the agent is known" />;
  return (
    <span class="people">
      {customer && <span>{customer}</span>}
      {agent && <span class="second">with {agent}</span>}
    </span>
  );
}

function doubts({ warnings, quality = [] }: InteractionHeader): string[] {
  return [...quality.map((flag) => flag.sentence), ...warnings];
}

function WarningMark({ warnings }: { warnings: string[] }) {
  if (!warnings.length) return null;
  return (
    <span class="warning-mark" title={warnings.join("\n")}>
      <Icon name="alert" />
      <span class="visually-hidden">
        {plural(warnings.length, "warning")}: {warnings.join(" ")}
      </span>
    </span>
  );
}
