/** A listing that is read page by page and kept fresh while somebody looks at it. */

import { useEffect, useRef, useState } from "preact/hooks";
import { sentence } from "./api";
import type { Page } from "./types";

export interface Listing<T> {
  items: T[] | null;
  /** True when there is more to load. */
  more: boolean;
  busy: boolean;
  trouble: string | null;
  updatedAt: Date | null;
  loadMore: () => void;
  refresh: () => void;
}

type Load<T> = (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>;

/** `key` names what is listed: another key starts over. `pollEvery` in milliseconds. */
export function useListing<T>(key: string, load: Load<T>, pollEvery: number): Listing<T> {
  const [items, setItems] = useState<T[] | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const [grown, setGrown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [updatedAt, setUpdatedAt] = useState<Date | null>(null);
  const running = useRef<AbortController | null>(null);

  async function read(from: string | undefined) {
    running.current?.abort();
    const control = new AbortController();
    running.current = control;
    setBusy(true);
    try {
      const page = await load(from, control.signal);
      if (control.signal.aborted) return;
      setItems((known) => (from && known ? [...known, ...page.items] : page.items));
      setCursor(page.next_cursor);
      setGrown(Boolean(from));
      setTrouble(null);
      setUpdatedAt(new Date());
    } catch (error) {
      if (!control.signal.aborted) setTrouble(sentence(error));
    }
    if (running.current === control) setBusy(false);
  }

  useEffect(() => {
    void read(undefined);
    return () => running.current?.abort();
  }, [key]);

  useEffect(() => {
    // A list that was extended stays put: rows must not jump under the reader.
    if (grown) return;
    const timer = setInterval(() => {
      if (!document.hidden) void read(undefined);
    }, pollEvery);
    return () => clearInterval(timer);
  }, [key, grown, pollEvery]);

  return {
    items,
    more: cursor !== null,
    busy,
    trouble,
    updatedAt,
    loadMore: () => cursor && void read(cursor),
    refresh: () => void read(undefined),
  };
}
