import { useEffect, useState } from "preact/hooks";
import { CallFailed } from "../http";
import { Icon } from "../icons";
import { sentence, type StaffApi } from "./api";
import { ChannelMark } from "./channel";
import { Entities, Facts } from "./facts";
import { Findings, Quality } from "./findings";
import { CHANNELS, clock, language, moment } from "./format";
import { SentimentGraph } from "./graph";
import { shownSpeakers } from "./graph-scale";
import { Loading, Trouble } from "./list";
import { Player } from "./player";
import { Link } from "./router";
import { SpeakerCard } from "./speaker-card";
import { Transcript, turnId } from "./transcript";
import type { Interaction } from "./types";
import { SwapVoices } from "./voices";
import { WhyDialog, type Question } from "./why";

interface DetailPageProps {
  api: StaffApi;
  id: string;
  /** Whether the reader may put right who is who. */
  corrects: boolean;
}

export function DetailPage({ api, id, corrects }: DetailPageProps) {
  const [interaction, setInteraction] = useState<Interaction | null>(null);
  const [trouble, setTrouble] = useState<CallFailed | string | null>(null);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    const control = new AbortController();
    setTrouble(null);
    api
      .interaction(id, control.signal)
      .then(setInteraction)
      .catch((error: unknown) => {
        if (!control.signal.aborted) setTrouble(error instanceof CallFailed ? error : sentence(error));
      });
    return () => control.abort();
  }, [api, id, attempt]);

  const reread = async () => setInteraction(await api.interaction(id));
  const missing = trouble instanceof CallFailed && trouble.failure === "missing";
  return (
    <>
      <Link class="back-link" href="/dashboard">
        <Icon name="back" /> All interactions
      </Link>
      {missing && (
        <div class="empty">
          <h1>There is no such interaction</h1>
          <p>It may have been erased, or is not processed yet.</p>
        </div>
      )}
      {trouble && !missing && <Trouble text={sentence(trouble)} onRetry={() => setAttempt(attempt + 1)} />}
      {!interaction && !trouble && <Loading />}
      {interaction && <Detail api={api} interaction={interaction} onSwapped={corrects ? reread : null} />}
    </>
  );
}

interface DetailProps {
  api: StaffApi;
  interaction: Interaction;
  /** Null for readers who may not swap. */
  onSwapped: (() => Promise<void>) | null;
}

function Detail({ api, interaction, onSwapped }: DetailProps) {
  const [chosen, setChosen] = useState<number | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const speakers = shownSpeakers(interaction);

  function choose(index: number) {
    setQuestion(null);
    setChosen(index);
    const turn = document.getElementById(turnId(index));
    turn?.scrollIntoView({ block: "center" });
    turn?.focus({ preventScroll: true });
  }

  return (
    <article class="detail">
      <div class="heading">
        <div>
          <h1>{title(interaction)}</h1>
          <p class="sub">
            <ChannelMark channel={interaction.channel} /> <span>{moment(interaction.started_at)}</span>{" "}
            <span>{clock(interaction.duration)}</span> <span>{language(interaction.language)}</span>
          </p>
        </div>
      </div>
      <Quality flags={interaction.quality ?? []} />
      {interaction.warnings.map((warning) => (
        <p key={warning} class="notice warn">
          <Icon name="alert" /> <span>{warning}</span>
        </p>
      ))}

      <Findings interaction={interaction} onChoose={choose} />
      <Player key={interaction.interaction_id} api={api} interaction={interaction} />

      <div class="speakers">
        {speakers.map((speaker) => (
          <SpeakerCard key={speaker.speaker} speaker={speaker} interaction={interaction} onAsk={setQuestion} />
        ))}
      </div>
      <div class="speakers-foot">
        <p class="faint">Choose any score, here or in the transcript, to see why it is what it is.</p>
        {onSwapped && <SwapVoices api={api} interaction={interaction} onSwapped={onSwapped} />}
      </div>

      <section class="panel" aria-labelledby="graph-heading">
        <h2 id="graph-heading">Sentiment over time</h2>
        <SentimentGraph interaction={interaction} onChoose={choose} />
      </section>

      <div class="detail-columns">
        <section class="panel" aria-labelledby="transcript-heading">
          <h2 id="transcript-heading">Transcript</h2>
          <Transcript interaction={interaction} chosen={chosen} onAsk={setQuestion} />
        </section>
        <aside class="panel facts" aria-labelledby="facts-heading">
          <h2 id="facts-heading">About this interaction</h2>
          <Facts interaction={interaction} />
          {interaction.entities.length > 0 && <Entities interaction={interaction} />}
        </aside>
      </div>
      {question && (
        <WhyDialog
          api={api}
          interaction={interaction}
          question={question}
          onClose={() => setQuestion(null)}
          onChoose={choose}
        />
      )}
    </article>
  );
}

function title({ kind, channel, customer, agent }: Interaction): string {
  const word = CHANNELS[channel] ?? "Chat";
  const what = kind === "call" ? "Call" : /chat$/i.test(word) ? word : `${word} chat`;
  if (customer) return `${what} with ${customer}`;
  return agent ? `${what} taken by ${agent}` : what;
}
