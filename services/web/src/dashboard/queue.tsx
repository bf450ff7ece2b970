/** Who waits for a person, and whom I have. */

import { useEffect, useState } from "preact/hooks";
import { Icon } from "../icons";
import { sentence } from "./api";
import { ChannelMark } from "./channel";
import type { ConversationApi } from "./conversation-api";
import type { HandoffHeader } from "./conversation-types";
import { clock } from "./format";
import { Freshness, Loading, Trouble } from "./list";
import { useListing } from "./pages";
import { conversationPath, Link, navigate } from "./router";
import type { Channel } from "./types";

const POLL_EVERY = 3_000;
const QUERY = "status=waiting&status=taken&limit=100";

export function QueuePage({ api, username }: { api: ConversationApi; username: string }) {
  const listing = useListing("queue", (cursor, signal) => api.waiting(cursor ? `${QUERY}&cursor=${cursor}` : QUERY, signal), POLL_EVERY);
  const [refused, setRefused] = useState<string | null>(null);
  const { items, trouble, busy } = listing;
  const mine = items?.filter((item) => item.taken_by === username) ?? [];
  const waiting = items?.filter((item) => item.status === "waiting") ?? [];
  const others = items?.filter((item) => item.taken_by !== null && item.taken_by !== username) ?? [];

  async function take(item: HandoffHeader) {
    try {
      await api.act(item.handoff_id, "take");
      navigate(conversationPath(item.handoff_id));
    } catch (error) {
      setRefused(sentence(error));
      listing.refresh();
    }
  }

  return (
    <>
      <div class="heading">
        <h1>Conversations</h1>
        <Freshness at={listing.updatedAt} busy={busy} onRefresh={listing.refresh} />
      </div>
      {trouble && <Trouble text={trouble} onRetry={listing.refresh} />}
      {refused && (
        <p class="notice warn" role="alert">
          <Icon name="alert" /> <span>{refused}</span>
        </p>
      )}
      {items === null && !trouble && <Loading />}
      {items?.length === 0 && (
        <div class="empty">
          <Icon name="chat" />
          <h2>Nobody is waiting for a person</h2>
          <p class="sub">Customers who ask the bot for a person appear here.</p>
        </div>
      )}
      {mine.length > 0 && <Queue title="Yours" items={mine} onTake={take} />}
      {waiting.length > 0 && <Queue title="Waiting" items={waiting} onTake={take} />}
      {others.length > 0 && <Queue title="With colleagues" items={others} onTake={take} />}
    </>
  );
}

interface QueueProps {
  title: string;
  items: HandoffHeader[];
  onTake: (item: HandoffHeader) => void;
}

function Queue({ title, items, onTake }: QueueProps) {
  const now = useSeconds();
  return (
    <section class="queue">
      <h2>
        {title} <span class="faint">{items.length}</span>
      </h2>
      <ul class="queue-list">
        {items.map((item) => (
          <li key={item.handoff_id} class="queue-item panel">
            <div class="queue-who">
              <Link href={conversationPath(item.handoff_id)} class="queue-name">
                {item.customer_id ?? "Not verified"}
              </Link>
              <span class="sub">
                <ChannelMark channel={item.channel as Channel} /> {about(item.intent)}
              </span>
            </div>
            <p class={`queue-time ${late(item, now) ? "late" : ""}`}>
              <span class="faint">{item.status === "waiting" ? "waits for" : item.unanswered_since ? "unanswered for" : "with"}</span>{" "}
              <strong class="numeric">{since(item, now)}</strong>
            </p>
            {item.status === "waiting" ? (
              <button type="button" class="button small" onClick={() => onTake(item)}>
                Take
              </button>
            ) : (
              <Link href={conversationPath(item.handoff_id)} class="button small quiet">
                Open
              </Link>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

const LATE = 120;

function start(item: HandoffHeader): string | null {
  return item.status === "waiting" ? item.waiting_since : item.unanswered_since;
}

function late(item: HandoffHeader, now: number): boolean {
  const from = start(item);
  return from !== null && now - Date.parse(from) > LATE * 1000;
}

function since(item: HandoffHeader, now: number): string {
  const from = start(item);
  return from === null ? (item.taken_by ?? "") : clock((now - Date.parse(from)) / 1000);
}

/** "MakePayment" → "Make payment". */
export function about(intent: string | null): string {
  if (!intent) return "Asked for a person";
  const words = intent.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function useSeconds(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
