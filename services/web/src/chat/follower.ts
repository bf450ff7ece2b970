/** Follows a chat for as long as it lasts: comes back after every break, with what was said meanwhile. */

import { CallFailed } from "../http";
import type { ChatApi } from "./api";
import type { ChatEvent } from "./types";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

export interface FollowerOptions {
  /** Resolves after so many milliseconds, or as soon as there is a network again. */
  wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  random?: () => number;
}

export class Follower {
  private readonly stopped = new AbortController();
  private failures = 0;

  /** `after` is the number of the last message that is known; `on` gets each event once, in order. */
  constructor(
    private readonly api: ChatApi,
    private readonly token: string,
    private after: number,
    private readonly on: (event: ChatEvent) => void,
    private readonly connected: (live: boolean) => void,
    private readonly options: FollowerOptions = {},
  ) {}

  async run(): Promise<void> {
    const { wait = waitForNetwork, random = Math.random } = this.options;
    const { signal } = this.stopped;
    let over = false;
    while (!over && !signal.aborted) {
      try {
        await this.api.events(this.token, this.after, (event) => (over = this.take(event) || over), signal);
      } catch (error) {
        // The token says no: what was told of the end, or will be told by the next call, is not this one's to say.
        over = error instanceof CallFailed && ["expired", "missing", "forbidden"].includes(error.failure);
        if (over && !signal.aborted) this.on({ name: "ended", data: { reason: "expired" } });
      }
      if (signal.aborted) return;
      this.connected(false);
      if (over) return;
      const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.failures);
      this.failures += 1;
      await wait(longest * (0.5 + random() / 2), signal);
    }
  }

  stop(): void {
    this.stopped.abort();
  }

  /** Whether it was the last one. */
  private take(event: ChatEvent): boolean {
    if (this.stopped.signal.aborted) return true;
    this.failures = 0;
    this.connected(true);
    if (event.name === "message") {
      if (event.data.sequence <= this.after) return false;
      this.after = event.data.sequence;
    }
    this.on(event);
    return event.name === "ended";
  }
}

function waitForNetwork(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", done);
    signal.addEventListener("abort", done);
  });
}
