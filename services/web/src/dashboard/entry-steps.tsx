import { useState } from "preact/hooks";
import { sentence, type StaffApi } from "./api";
import { moment, step } from "./format";
import type { LedgerDetail, LedgerEntry } from "./types";

/** Every step of an entry, read when it is asked for, and the way to have the entry tried again. */
export function EntrySteps({ api, entry, onRetried }: { api: StaffApi; entry: LedgerEntry; onRetried: () => void }) {
  const [detail, setDetail] = useState<LedgerDetail | null>(null);
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);

  async function attend(work: () => Promise<void>) {
    setBusy(true);
    setTrouble("");
    await work().catch((error: unknown) => setTrouble(sentence(error)));
    setBusy(false);
  }

  const read = () => attend(async () => setDetail(await api.ledgerEntry(entry.entry_id)));
  const retry = () =>
    attend(async () => {
      await api.retry(entry.entry_id);
      onRetried();
      setDetail(await api.ledgerEntry(entry.entry_id));
    });

  return (
    <details class="entry-steps" onToggle={(event) => event.currentTarget.open && void read()}>
      <summary>Steps</summary>
      {trouble && <p role="alert">{trouble}</p>}
      {detail?.steps.length === 0 && <p class="faint">None has begun yet.</p>}
      {detail && detail.steps.length > 0 && (
        <ol>
          {detail.steps.map((one) => (
            <li key={`${one.run} ${one.step} ${one.attempt}`}>
              {step(one.step)}
              {one.run > 1 && `, run ${one.run}`}
              {one.attempt > 1 && `, attempt ${one.attempt}`}: {one.outcome ?? "not ended"}
              {one.seconds !== null && ` after ${one.seconds.toFixed(1)} s`}
              <span class="faint"> {moment(one.started_at)}</span>
            </li>
          ))}
        </ol>
      )}
      {detail?.retryable && (
        <button type="button" class="button quiet" disabled={busy} onClick={retry}>
          {busy ? "Working…" : "Try again"}
        </button>
      )}
    </details>
  );
}
