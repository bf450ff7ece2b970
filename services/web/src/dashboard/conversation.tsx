/** One conversation with a customer: what was said, what is known, and what the agent may do. */

import { useEffect, useRef, useState } from "preact/hooks";
import { CallFailed } from "../http";
import { Icon } from "../icons";
import { sentence } from "./api";
import { ChannelMark } from "./channel";
import type { ConversationApi } from "./conversation-api";
import type { CustomerConversation, Handoff, HandoffHeader, SaidTurn } from "./conversation-types";
import { CHANNELS, moment, score } from "./format";
import { useConversation } from "./follow-conversation";
import { Loading } from "./list";
import { about } from "./queue";
import { Link, navigate, QUEUE_PATH } from "./router";
import type { Channel } from "./types";
import { randomKey } from "./upload-queue";

const TYPING_EVERY = 4_000;
const SENDERS = { customer: "Customer", bot: "Bot", agent: "Agent" };
const ENDS: Record<string, string> = {
  returned: "This conversation is back with the bot.",
  closed: "This conversation has ended.",
  abandoned: "Nobody came in time: the bot has it again.",
};

interface Props {
  api: ConversationApi;
  id: string;
  username: string;
  directs: boolean;
}

export function ConversationPage({ api, id, username, directs }: Props) {
  const { packet, header, turns, trouble } = useConversation(api, id);
  const [refused, setRefused] = useState<string | null>(null);
  const mine = header?.taken_by === username && header.status === "taken";

  async function act(what: "take" | "return" | "close" | "release") {
    setRefused(null);
    try {
      await api.act(id, what);
      if (what !== "take") navigate(QUEUE_PATH);
    } catch (error) {
      setRefused(sentence(error));
    }
  }

  if (!header) return trouble ? <p class="notice bad">{trouble}</p> : <Loading />;
  return (
    <article class="detail">
      <div class="heading talk-heading">
        <div>
          <Link class="back-link" href={QUEUE_PATH}>
            <Icon name="back" /> Conversations
          </Link>
          <h1>{header.customer_id ?? "Not verified"}</h1>
          <p class="sub">
            <ChannelMark channel={header.channel as Channel} /> <span>{about(header.intent)}</span>{" "}
            <span>asked {moment(header.created_at)}</span>
          </p>
        </div>
        <Actions header={header} mine={mine} directs={directs} onAct={act} />
      </div>
      {(refused ?? trouble) && (
        <p class="notice warn" role="alert">
          <Icon name="alert" /> <span>{refused ?? trouble}</span>
        </p>
      )}
      {header.ended_at && <p class="notice info">{ENDS[header.status]}</p>}
      <div class="detail-columns">
        <section class="panel talk" aria-label="Conversation">
          <Talk turns={turns} />
          {mine && <Composer onSay={(text, key) => api.write(id, text, key)} onType={() => void api.act(id, "typing").catch(() => {})} />}
        </section>
        <aside class="panel facts">
          <h2>What the bot knew</h2>
          {packet ? <Facts packet={packet} /> : <Loading />}
          {header.customer_id && <Earlier api={api} customerId={header.customer_id} />}
        </aside>
      </div>
    </article>
  );
}

interface ActionsProps {
  header: HandoffHeader;
  mine: boolean;
  directs: boolean;
  onAct: (what: "take" | "return" | "close" | "release") => void;
}

function Actions({ header, mine, directs, onAct }: ActionsProps) {
  if (header.ended_at) return null;
  if (header.status === "waiting") {
    return (
      <button type="button" class="button" onClick={() => onAct("take")}>
        Take the conversation
      </button>
    );
  }
  if (!mine && !directs) return <p class="sub">{header.taken_by} has it.</p>;
  return (
    <div class="talk-actions">
      {!mine && <p class="sub">{header.taken_by} has it.</p>}
      <button type="button" class="button quiet" onClick={() => onAct("release")}>
        Back in line
      </button>
      <button type="button" class="button quiet" onClick={() => onAct("return")}>
        Back to the bot
      </button>
      <button type="button" class="button" onClick={() => onAct("close")}>
        Finish
      </button>
    </div>
  );
}

function Talk({ turns }: { turns: SaidTurn[] }) {
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [turns.length]);
  return (
    <div role="log" aria-label="What was said">
      <ol class="talk-turns" ref={list}>
        {turns.map((turn) => (
          <li key={turn.sequence} class={`talk-turn from-${turn.sender}`}>
            <div class="turn-head">
              <strong>{SENDERS[turn.sender]}</strong> <time dateTime={turn.at}>{time(turn.at)}</time> <Way turn={turn} />
            </div>
            <p class="talk-text">{turn.text}</p>
            {turn.choices.length > 0 && <p class="faint">Choices: {turn.choices.join(" · ")}</p>}
          </li>
        ))}
      </ol>
    </div>
  );
}

const WAYS = { waiting: "on its way", sent: "sent", delivered: "delivered", read: "read", failed: "not delivered" };

function Way({ turn }: { turn: SaidTurn }) {
  if (turn.sender !== "agent" || !turn.delivery) return null;
  const code = turn.delivery_error ? ` (${turn.delivery_error})` : "";
  return <span class={turn.delivery === "failed" ? "way failed" : "way"}>{WAYS[turn.delivery] + code}</span>;
}

interface ComposerProps {
  onSay: (text: string, key: string) => Promise<unknown>;
  onType: () => void;
}

/** A message that may have arrived is sent again under its own key, so that it is said once. */
function Composer({ onSay, onType }: ComposerProps) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const key = useRef<{ text: string; key: string } | null>(null);
  const typedAt = useRef(0);

  async function say() {
    const said = text.trim();
    if (!said || busy) return;
    if (key.current?.text !== said) key.current = { text: said, key: randomKey() };
    setBusy(true);
    setTrouble(null);
    try {
      await onSay(said, key.current.key);
      key.current = null;
      setText("");
    } catch (error) {
      if (!(error instanceof CallFailed && error.uncertain)) key.current = null;
      setTrouble(sentence(error));
    }
    setBusy(false);
  }

  function type(value: string) {
    setText(value);
    if (value && Date.now() - typedAt.current > TYPING_EVERY) {
      typedAt.current = Date.now();
      onType();
    }
  }

  return (
    <form
      class="talk-composer"
      onSubmit={(event) => {
        event.preventDefault();
        void say();
      }}
    >
      {trouble && (
        <p class="notice bad" role="alert">
          {trouble}
        </p>
      )}
      <textarea
        aria-label="Message to the customer"
        placeholder="Write to the customer"
        rows={2}
        maxLength={1500}
        value={text}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            void say();
          }
        }}
      />
      <button type="submit" class="button" disabled={busy || !text.trim()}>
        <Icon name="send" /> Send
      </button>
    </form>
  );
}

function Facts({ packet }: { packet: Handoff }) {
  const feels = packet.sentiment;
  const slots = Object.entries(packet.slots).filter(([, value]) => value);
  return (
    <dl class="fact-list">
      <Fact name="Identity">{packet.verified ? "Gave the PIN to the bot" : "Not verified"}</Fact>
      <Fact name="Was doing">{about(packet.intent)}</Fact>
      {slots.map(([name, value]) => (
        <Fact key={name} name={about(name)}>
          {value}
        </Fact>
      ))}
      <Fact name="Sentiment">
        {feels ? `${score(feels.average)} on average, ${score(feels.last)} at last` : "Not known"}
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Earlier({ api, customerId }: { api: ConversationApi; customerId: string }) {
  const [items, setItems] = useState<CustomerConversation[] | null>(null);
  useEffect(() => {
    const control = new AbortController();
    api.earlier(customerId, control.signal).then((page) => setItems(page.items), () => {});
    return () => control.abort();
  }, [api, customerId]);
  if (!items?.length) return null;
  return (
    <>
      <h3>On every channel</h3>
      <ul class="earlier">
        {items.map((item) => (
          <li key={item.conversation_id}>
            <details>
              <summary>
                <strong>{CHANNELS[item.channel as Channel] ?? item.channel}</strong> <time dateTime={item.last_at}>{moment(item.last_at)}</time>
              </summary>
              {item.turns.map((turn) => (
                <p key={turn.sequence}>
                  <span class="faint">{SENDERS[turn.sender]}:</span> {turn.text}
                </p>
              ))}
            </details>
          </li>
        ))}
      </ul>
    </>
  );
}

function time(iso: string): string {
  return new Intl.DateTimeFormat("en-US", { timeStyle: "short" }).format(new Date(iso));
}
