/** Files on their way in: sent one after another, then followed in the ledger until their fate is settled. */

import { CallFailed } from "../http";
import type { StaffApi } from "./api";
import type { Fate, LedgerEntry } from "./types";

export interface UploadItem {
  id: number;
  name: string;
  size: number;
  stage: "queued" | "sending" | "followed" | "failed";
  /** Sent so far, 0..1. */
  progress: number;
  entries: LedgerEntry[];
  trouble: string | null;
}

type Sender = Pick<StaffApi, "upload" | "ledgerEntry">;

const SETTLED: readonly Fate[] = ["done", "duplicate", "rejected", "failed", "cancelled", "erased"];
const FIRST_LOOK = 800;
const LONGEST_WAIT = 5000;

export function isSettled({ fate }: LedgerEntry): boolean {
  return SETTLED.includes(fate);
}

export class UploadQueue {
  items: readonly UploadItem[] = [];
  private readonly files = new Map<number, { file: File; key: string }>();
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();
  private nextId = 1;
  private sending = false;
  private stopped = false;

  constructor(
    private readonly api: Sender,
    private readonly changed: () => void,
  ) {}

  add(files: Iterable<File>): void {
    for (const file of files) {
      const id = this.nextId++;
      this.files.set(id, { file, key: randomKey() });
      const item: UploadItem = { id, name: file.name, size: file.size, stage: "queued", progress: 0, entries: [], trouble: null };
      this.items = [item, ...this.items];
    }
    this.changed();
    void this.sendAll();
  }

  retry(id: number): void {
    this.change(id, { stage: "queued", progress: 0, trouble: null });
    void this.sendAll();
  }

  stop(): void {
    this.stopped = true;
    this.timers.forEach(clearTimeout);
  }

  private async sendAll(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    for (let item = this.nextInLine(); item && !this.stopped; item = this.nextInLine()) await this.send(item.id);
    this.sending = false;
  }

  private nextInLine(): UploadItem | undefined {
    return this.items.findLast((item) => item.stage === "queued");
  }

  private async send(id: number): Promise<void> {
    const part = this.files.get(id);
    if (!part) return;
    this.change(id, { stage: "sending" });
    try {
      const entries = await this.api.upload(part.file, part.key, (progress) => this.change(id, { progress }));
      this.files.delete(id);
      this.change(id, { stage: "followed", progress: 1, entries });
      entries.filter((entry) => !isSettled(entry)).forEach((entry) => this.follow(id, entry.entry_id, FIRST_LOOK));
    } catch (error) {
      this.change(id, { stage: "failed", trouble: sentence(error) });
    }
  }

  /** Looks less and less often: a long recording takes minutes. */
  private follow(id: number, entryId: string, wait: number): void {
    if (this.stopped) return;
    const timer = setTimeout(async () => {
      this.timers.delete(timer);
      const entry = await this.api.ledgerEntry(entryId).catch(() => null);
      if (entry) this.replace(id, entry);
      if (!entry || !isSettled(entry)) this.follow(id, entryId, Math.min(LONGEST_WAIT, wait * 1.3));
    }, wait);
    this.timers.add(timer);
  }

  private replace(id: number, fresh: LedgerEntry): void {
    const item = this.items.find((candidate) => candidate.id === id);
    if (!item) return;
    this.change(id, { entries: item.entries.map((entry) => (entry.entry_id === fresh.entry_id ? fresh : entry)) });
  }

  private change(id: number, change: Partial<UploadItem>): void {
    if (this.stopped) return;
    this.items = this.items.map((item) => (item.id === id ? { ...item, ...change } : item));
    this.changed();
  }
}

/** Not crypto.randomUUID, which is missing where the page is served without TLS. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function sentence(error: unknown): string {
  return error instanceof CallFailed ? error.message : "The file could not be sent.";
}
