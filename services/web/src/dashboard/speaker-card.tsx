import type { ComponentChildren } from "preact";
import { clock, plural } from "./format";
import { nameOf } from "./graph";
import { NOBODY_SCORED, Score, Trend } from "./score";
import type { Interaction, Measure, RoleSource, Speaker } from "./types";
import type { Question } from "./why";

const QUARTERS: Measure[] = ["quarter_1", "quarter_2", "quarter_3", "quarter_4"];

interface SpeakerCardProps {
  speaker: Speaker;
  interaction: Interaction;
  onAsk: (question: Question) => void;
}

/** What was measured of one speaker. Every score leads to its reasons. */
export function SpeakerCard({ speaker, interaction, onAsk }: SpeakerCardProps) {
  const { duration } = interaction;
  const share = duration > 0 ? `${Math.round((100 * speaker.talk_time) / duration)}% of the time` : "";
  const words = speaker.words_per_minute;
  const pace = words === null ? share : `${share}, ${Math.round(words)} words a minute`;
  const ask = (measure: Measure) => () => onAsk({ measure, speaker: speaker.speaker });
  return (
    <section class={`panel speaker ${speaker.role.toLowerCase()}`}>
      <h2>{nameOf(speaker, interaction)}</h2>
      <RoleNote source={speaker.role_source} confidence={speaker.role_confidence} />
      <dl class="measures">
        <Shown label="Average">
          <Why what="this average" onAsk={ask("average")}>
            <Score value={speaker.average} unknown={NOBODY_SCORED} />
          </Why>
          <small>
            over {speaker.turns_scored} of {plural(speaker.turns, "turn")}
          </small>
        </Shown>
        <Shown label="Trend">
          <Why what="this trend" onAsk={ask("trend")}>
            <Trend value={speaker.trend} />
          </Why>
          <small>last quarter less first</small>
        </Shown>
        {speaker.talk_time > 0 && (
          <Shown label="Talk time">
            <span class="number">{clock(speaker.talk_time)}</span>
            <small>{pace}</small>
          </Shown>
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
                <Why what={`the average of quarter ${index + 1}`} onAsk={ask(QUARTERS[index] ?? "average")}>
                  <Score value={quarter.score} unknown="Not known: no analysed turn in this quarter" />
                </Why>
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </section>
  );
}

function RoleNote({ source, confidence }: { source: RoleSource; confidence: number }) {
  if (source === "person") return <p class="faint">Role put right by a person</p>;
  if (source !== "inferred") return null;
  return <p class="faint">Role worked out from the talk, {Math.round(100 * confidence)}% sure</p>;
}

function Shown({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Why({ what, onAsk, children }: { what: string; onAsk: () => void; children: ComponentChildren }) {
  return (
    <button type="button" class="why-button" title={`Why ${what}?`} onClick={onAsk}>
      {children}
      <span class="visually-hidden">: why {what}?</span>
    </button>
  );
}
