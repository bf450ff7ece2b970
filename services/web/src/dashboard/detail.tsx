import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { CallFailed } from "../http";
import { Icon } from "../icons";
import { sentence, type StaffApi } from "./api";
import { ChannelMark } from "./channel";
import { CHANNELS, clock, language, moment, plural } from "./format";
import { nameOf, SentimentGraph } from "./graph";
import { shownSpeakers } from "./graph-scale";
import { Loading, Trouble } from "./list";
import { Player } from "./player";
import { Link } from "./router";
import { NOBODY_SCORED, Score, Trend } from "./score";
import { Transcript, turnId } from "./transcript";
import type { Interaction, Speaker } from "./types";

export function DetailPage({ api, id }: { api: StaffApi; id: string }) {
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
      {interaction && <Detail api={api} interaction={interaction} />}
    </>
  );
}

function Detail({ api, interaction }: { api: StaffApi; interaction: Interaction }) {
  const [chosen, setChosen] = useState<number | null>(null);
  const speakers = shownSpeakers(interaction);

  function choose(index: number) {
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
      {interaction.warnings.map((warning) => (
        <p key={warning} class="notice warn">
          <Icon name="alert" /> <span>{warning}</span>
        </p>
      ))}

      <Player key={interaction.interaction_id} api={api} interaction={interaction} />

      <div class="speakers">
        {speakers.map((speaker) => (
          <SpeakerCard key={speaker.speaker} speaker={speaker} interaction={interaction} />
        ))}
      </div>

      <section class="panel" aria-labelledby="graph-heading">
        <h2 id="graph-heading">Sentiment over time</h2>
        <SentimentGraph interaction={interaction} onChoose={choose} />
      </section>

      <div class="detail-columns">
        <section class="panel" aria-labelledby="transcript-heading">
          <h2 id="transcript-heading">Transcript</h2>
          <Transcript interaction={interaction} chosen={chosen} />
        </section>
        <aside class="panel facts" aria-labelledby="facts-heading">
          <h2 id="facts-heading">About this interaction</h2>
          <Facts interaction={interaction} />
          {interaction.entities.length > 0 && <Entities interaction={interaction} />}
        </aside>
      </div>
    </article>
  );
}

function title({ kind, channel, customer, agent }: Interaction): string {
  const word = CHANNELS[channel] ?? "Chat";
  const what = kind === "call" ? "Call" : /chat$/i.test(word) ? word : `${word} chat`;
  if (customer) return `${what} with ${customer}`;
  return agent ? `${what} taken by ${agent}` : what;
}

function SpeakerCard({ speaker, interaction }: { speaker: Speaker; interaction: Interaction }) {
  const { duration } = interaction;
  const share = duration > 0 ? `${Math.round((100 * speaker.talk_time) / duration)}% of the time` : "";
  const words = speaker.words_per_minute;
  const pace = words === null ? share : `${share}, ${Math.round(words)} words a minute`;
  return (
    <section class={`panel speaker ${speaker.role.toLowerCase()}`}>
      <h2>{nameOf(speaker, interaction)}</h2>
      {speaker.role_source === "inferred" && (
        <p class="faint">Role worked out from the talk, {Math.round(100 * speaker.role_confidence)}% sure</p>
      )}
      <dl class="measures">
        <Measure label="Average">
          <Score value={speaker.average} unknown={NOBODY_SCORED} />
          <small>
            over {speaker.turns_scored} of {plural(speaker.turns, "turn")}
          </small>
        </Measure>
        <Measure label="Trend">
          <Trend value={speaker.trend} />
          <small>last quarter less first</small>
        </Measure>
        {speaker.talk_time > 0 && (
          <Measure label="Talk time">
            <span class="number">{clock(speaker.talk_time)}</span>
            <small>{pace}</small>
          </Measure>
        )}
      </dl>
      <table class="quarters">
        <caption>Average by quarter</caption>
        <thead>
          <tr>
            {speaker.quarters.map((_, index) => (
              <th key={index} scope="col">
                Q{index + 1}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            {speaker.quarters.map((quarter, index) => (
              <td key={index}>
                <Score value={quarter.score} unknown="Not known: no analysed turn in this quarter" />
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </section>
  );
}

function Measure({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const SOURCES: Record<string, string> = {
  audio: "Recording",
  transcribe: "Amazon Transcribe output",
  lex_log: "Lex conversation log",
  connect_chat: "Connect chat transcript",
  call_analytics: "Call Analytics output",
  result: "Result document",
};

function Facts({ interaction }: { interaction: Interaction }) {
  const { source, customer, agent, guid } = interaction;
  const facts: [string, string | null][] = [
    ["Customer", customer],
    ["Agent", agent],
    ["Language", language(interaction.language)],
    ["Turns", String(interaction.turn_count)],
    ["Nobody speaks", interaction.kind === "call" ? clock(interaction.non_talk_time) : null],
    ["Source", SOURCES[source.kind] ?? source.kind],
    ["File", source.name],
    ["Transcribed by", source.transcriber],
    ["Sentiment by", source.sentiment_engine],
    ["Processed", moment(interaction.processed_at)],
    ["GUID", guid],
    ["Id", interaction.interaction_id],
  ];
  return (
    <dl class="fact-list">
      {facts
        .filter(([, value]) => value)
        .map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Entities({ interaction }: { interaction: Interaction }) {
  return (
    <>
      <h3>Mentioned</h3>
      <dl class="fact-list">
        {interaction.entities.map(({ type, values }) => (
          <div key={type}>
            <dt>{type.charAt(0) + type.slice(1).toLowerCase().replaceAll("_", " ")}</dt>
            <dd>{values.join(", ")}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
