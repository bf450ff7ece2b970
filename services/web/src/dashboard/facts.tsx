import { clock, language, moment } from "./format";
import type { Interaction } from "./types";

const SOURCES: Record<string, string> = {
  audio: "Recording",
  transcribe: "Amazon Transcribe output",
  lex_log: "Lex conversation log",
  connect_chat: "Connect chat transcript",
  call_analytics: "Call Analytics output",
  result: "Result document",
};

export function Facts({ interaction }: { interaction: Interaction }) {
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
    ["Summary", source.summary_engine ?? null],
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

export function Entities({ interaction }: { interaction: Interaction }) {
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
