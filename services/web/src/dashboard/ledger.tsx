import { useEffect, useState } from "preact/hooks";
import { Icon } from "../icons";
import type { StaffApi } from "./api";
import { EntrySteps } from "./entry-steps";
import { FateChip, FateReason } from "./fate";
import { bytes, FATES, moment } from "./format";
import { Freshness, Loading, Trouble } from "./list";
import { useListing } from "./pages";
import { navigate } from "./router";
import type { LedgerEntry } from "./types";

const PAGE_SIZE = 50;
const POLL_EVERY = 5_000;

export function LedgerPage({ api, search }: { api: StaffApi; search: string }) {
  const given = new URLSearchParams(search);
  const fate = (given.get("fate") ?? "") in FATES ? (given.get("fate") ?? "") : "";
  const name = given.get("name") ?? "";

  function query(cursor?: string): string {
    const values = new URLSearchParams({ limit: String(PAGE_SIZE) });
    if (fate) values.set("fate", fate);
    if (name) values.set("name", name);
    if (cursor) values.set("cursor", cursor);
    return values.toString();
  }

  function filter(change: { fate?: string; name?: string }) {
    const values = new URLSearchParams(Object.entries({ fate, name, ...change }).filter(([, value]) => value));
    const text = values.toString();
    navigate(`/dashboard/ledger${text && `?${text}`}`, { replace: true });
  }

  const listing = useListing(query(), (cursor, signal) => api.ledger(query(cursor), signal), POLL_EVERY);
  const { items, trouble, busy } = listing;
  return (
    <>
      <div class="heading">
        <h1>Ledger</h1>
        <Freshness at={listing.updatedAt} busy={busy} onRefresh={listing.refresh} />
      </div>
      <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
        <label>
          Fate
          <select value={fate} onChange={(event) => filter({ fate: event.currentTarget.value })}>
            <option value="">All</option>
            {Object.entries(FATES).map(([value, word]) => (
              <option key={value} value={value}>
                {word}
              </option>
            ))}
          </select>
        </label>
        <NameFilter name={name} onName={(value) => filter({ name: value })} />
      </form>
      {trouble && <Trouble text={trouble} onRetry={listing.refresh} />}
      {items === null && !trouble && <Loading />}
      {items?.length === 0 && (
        <div class="empty">
          <Icon name="file" />
          <h2>{fate || name ? "Nothing fits these filters" : "No file has come in yet"}</h2>
        </div>
      )}
      {items && items.length > 0 && <Fates items={items} api={api} onRetried={listing.refresh} />}
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

/** Takes effect on Enter or when the field is left: not every letter is a request. */
function NameFilter({ name, onName }: { name: string; onName: (name: string) => void }) {
  const [text, setText] = useState(name);
  useEffect(() => setText(name), [name]);
  return (
    <label>
      File name
      <input
        type="search"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onChange={() => text.trim() !== name && onName(text.trim())}
      />
    </label>
  );
}

function Fates({ items, api, onRetried }: { items: LedgerEntry[]; api: StaffApi; onRetried: () => void }) {
  return (
    <div class="table-box">
      <table class="rows fates">
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col">Fate</th>
            <th scope="col">What happened</th>
            <th scope="col" class="numeric">
              Size
            </th>
            <th scope="col">Seen</th>
          </tr>
        </thead>
        <tbody>
          {items.map((entry) => (
            <tr key={entry.entry_id}>
              <td class="lead-cell file-name">{entry.name}</td>
              <td class="fate-cell">
                <FateChip entry={entry} />
              </td>
              <td class="reason-cell">
                <FateReason entry={entry} />
                <EntrySteps api={api} entry={entry} onRetried={onRetried} />
              </td>
              <td data-label="Size" class="numeric">
                {bytes(entry.size)}
              </td>
              <td class="seen-cell">{moment(entry.seen_at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
