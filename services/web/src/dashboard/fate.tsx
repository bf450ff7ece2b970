import { FATES, step } from "./format";
import { detailPath, Link } from "./router";
import type { LedgerEntry } from "./types";

export function FateChip({ entry: { fate } }: { entry: LedgerEntry }) {
  return <span class={`fate ${fate}`}>{FATES[fate]}</span>;
}

/** What there is to say or to do about a fate. */
export function FateReason({ entry }: { entry: LedgerEntry }) {
  const { fate, reason, interaction_id, attempt } = entry;
  if (entry.stuck_code) return <span>It does not move as it should.</span>;
  if (fate === "running") return <span class="faint">{step(entry.step)}{attempt > 1 && `, attempt ${attempt}`}</span>;
  if (reason) return <span>{reason}</span>;
  if (interaction_id) return <Link href={detailPath(interaction_id)}>See the interaction</Link>;
  if (fate === "duplicate") return <span>The same content is here already.</span>;
  return null;
}
