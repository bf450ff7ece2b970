/** One conversation, followed as it goes on. */

import { useEffect, useState } from "preact/hooks";
import { CallFailed } from "../http";
import { sentence } from "./api";
import type { ConversationApi } from "./conversation-api";
import type { Handoff, HandoffEvent, HandoffHeader, SaidTurn } from "./conversation-types";

export interface Followed {
  packet: Handoff | null;
  header: HandoffHeader | null;
  turns: SaidTurn[];
  trouble: string | null;
}

const COMES_BACK_AFTER = 2_000;

/** A turn that is known already is replaced: its way went on. */
export function withTurn(turns: SaidTurn[], turn: SaidTurn): SaidTurn[] {
  const at = turns.findIndex((known) => known.sequence >= turn.sequence);
  if (at < 0) return [...turns, turn];
  const same = turns[at]?.sequence === turn.sequence ? 1 : 0;
  return [...turns.slice(0, at), turn, ...turns.slice(at + same)];
}

export function useConversation(api: ConversationApi, id: string): Followed {
  const [packet, setPacket] = useState<Handoff | null>(null);
  const [header, setHeader] = useState<HandoffHeader | null>(null);
  const [turns, setTurns] = useState<SaidTurn[]>([]);
  const [trouble, setTrouble] = useState<string | null>(null);

  useEffect(() => {
    const control = new AbortController();
    let last = 0;
    let over = false;

    function hear(event: HandoffEvent) {
      setTrouble(null);
      if (event.name === "handoff") {
        setHeader(event.data);
        over = event.data.ended_at !== null;
        return;
      }
      last = Math.max(last, event.data.sequence);
      setTurns((known) => withTurn(known, event.data));
    }

    async function go() {
      while (!control.signal.aborted && !over) {
        try {
          await api.follow(id, last, hear, control.signal);
        } catch (error) {
          if (control.signal.aborted) return;
          setTrouble(sentence(error));
          if (error instanceof CallFailed && !error.uncertain) return;
        }
        if (!over) await new Promise((done) => setTimeout(done, COMES_BACK_AFTER));
      }
    }

    api
      .packet(id, control.signal)
      .then(setPacket)
      .catch((error: unknown) => !control.signal.aborted && setTrouble(sentence(error)));
    void go();
    return () => control.abort();
  }, [api, id]);

  return { packet, header: header ?? packet, turns, trouble };
}
