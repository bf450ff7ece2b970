import { useEffect, useRef, useState } from "preact/hooks";
import { clock, plural, ROLES, score } from "./format";
import {
  frameOf,
  placesOf,
  quarterLevels,
  scoredRuns,
  shownSpeakers,
  stripOf,
  timeTicks,
  xOf,
  yOf,
  type Frame,
  type Place,
} from "./graph-scale";
import { Unknown } from "./score";
import type { Interaction, Role, Speaker, Turn } from "./types";

const SCORES = [1, 0.5, 0, -0.5, -1];

/** Told apart by colour, by shape and by the line's dashes. */
const SHAPES: Record<Role, string> = {
  CALLER: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
  AGENT: "M-4.6-4.6h9.2v9.2h-9.2z",
  BOT: "M0-6L5.8 4.6H-5.8z",
  IVR: "M0-6L6 0 0 6-6 0z",
};

interface GraphProps {
  interaction: Interaction;
  /** A turn was chosen in the graph. */
  onChoose: (turn: number) => void;
}

export function SentimentGraph({ interaction, onChoose }: GraphProps) {
  const { turns, duration } = interaction;
  const [box, width] = useWidth();
  const [active, setActive] = useState<number | null>(null);
  const speakers = shownSpeakers(interaction);
  const frame = frameOf(width);
  const places = placesOf(frame, turns, duration);
  const activeTurn = active === null ? undefined : turns[active];
  const activePlace = active === null ? undefined : places[active];

  return (
    <figure class="graph">
      <Legend interaction={interaction} speakers={speakers} />
      <div class="graph-box" ref={box} onMouseLeave={() => setActive(null)}>
        <svg
          class="graph-svg"
          viewBox={`0 0 ${frame.width} ${frame.height}`}
          width={frame.width}
          height={frame.height}
          role="group"
          aria-labelledby="graph-title graph-summary"
        >
          <title id="graph-title">Sentiment over time</title>
          <Axes frame={frame} duration={duration} />
          {speakers.map((speaker) => (
            <SpeakerLines
              key={speaker.speaker}
              frame={frame}
              interaction={interaction}
              speaker={speaker}
              places={places}
            />
          ))}
          <Points turns={turns} places={places} active={active} onActive={setActive} onChoose={onChoose} />
        </svg>
        {activeTurn && activePlace && <Tooltip frame={frame} turn={activeTurn} place={activePlace} />}
      </div>
      <figcaption id="graph-summary">{speakers.map(summary).join(" ")}</figcaption>
      <DataTable interaction={interaction} />
    </figure>
  );
}

/** The drawing is as wide as its place, so that its text keeps its size. */
function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(720);
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(280, Math.floor(entry.contentRect.width))));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return [box, width] as const;
}

function summary({ role, average, trend, turns, turns_scored }: Speaker): string {
  const who = ROLES[role];
  if (average === null) return `${who}: not known, none of ${plural(turns, "turn")} could be analysed.`;
  const change = trend === null ? "" : `, trend ${score(trend)}`;
  return `${who}: average ${score(average)} over ${turns_scored} of ${plural(turns, "turn")}${change}.`;
}

function Axes({ frame, duration }: { frame: Frame; duration: number }) {
  const right = frame.width - frame.right;
  const strip = stripOf(frame);
  return (
    <g class="graph-axes" aria-hidden="true">
      {SCORES.map((value) => (
        <g key={value}>
          <path class={value === 0 ? "zero" : "grid"} d={`M${frame.left} ${yOf(frame, value)}H${right}`} />
          <text x={frame.left - 8} y={yOf(frame, value) + 4} text-anchor="end">
            {value === 0 ? "0" : score(value).replace(/0$/, "").replace(/\.0$/, "")}
          </text>
        </g>
      ))}
      {[1, 2, 3].map((quarter) => (
        <path
          key={quarter}
          class="quarter"
          d={`M${xOf(frame, 4, quarter)} ${frame.top}V${frame.height - frame.bottom}`}
        />
      ))}
      <path class="grid" d={`M${frame.left} ${strip}H${right}`} />
      {timeTicks(duration, right - frame.left).map((seconds) => (
        <text key={seconds} x={xOf(frame, duration, seconds)} y={frame.height - 8} text-anchor="middle">
          {clock(seconds)}
        </text>
      ))}
    </g>
  );
}

interface SpeakerLinesProps {
  frame: Frame;
  interaction: Interaction;
  speaker: Speaker;
  places: Place[];
}

function SpeakerLines({ frame, interaction: { turns, duration }, speaker, places }: SpeakerLinesProps) {
  const corner = (index: number) => `${places[index]?.x} ${places[index]?.y}`;
  return (
    <g class={`series ${speaker.role.toLowerCase()}`} aria-hidden="true">
      {quarterLevels(speaker.quarters, duration).map((level) => (
        <path
          key={level.from}
          class="level"
          d={`M${xOf(frame, duration, level.from) + 3} ${yOf(frame, level.score)}H${xOf(frame, duration, level.to) - 3}`}
        />
      ))}
      {scoredRuns(turns, speaker.speaker).map((run) => (
        <path key={run[0]} class="line" d={`M${run.map(corner).join("L")}`} />
      ))}
    </g>
  );
}

interface PointsProps {
  turns: Turn[];
  places: Place[];
  active: number | null;
  onActive: (turn: number | null) => void;
  onChoose: (turn: number) => void;
}

/** One stop for the Tab key; the arrow keys go from turn to turn. */
function Points({ turns, places, active, onActive, onChoose }: PointsProps) {
  const group = useRef<SVGGElement>(null);
  const stop = active ?? 0;

  function move(event: KeyboardEvent, index: number) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      return onChoose(index);
    }
    const next = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: turns.length - 1 }[event.key];
    if (next === undefined || !turns[next]) return;
    event.preventDefault();
    group.current?.querySelectorAll<SVGGElement>(".point")[next]?.focus();
  }

  return (
    <g ref={group} class="points">
      {turns.map((turn, index) => {
        const value = turn.sentiment.score;
        return (
          <g
            key={index}
            class={`point ${turn.role.toLowerCase()} ${value === null ? "hollow" : "scored"} ${index === active ? "active" : ""}`}
            transform={`translate(${places[index]?.x} ${places[index]?.y})`}
            role="button"
            tabIndex={index === stop ? 0 : -1}
            aria-label={spoken(turn)}
            onMouseEnter={() => onActive(index)}
            onFocus={() => onActive(index)}
            onBlur={() => onActive(null)}
            onClick={() => onChoose(index)}
            onKeyDown={(event) => move(event, index)}
          >
            <circle class="reach" r="11" />
            <path class="mark" d={SHAPES[turn.role]} />
          </g>
        );
      })}
    </g>
  );
}

function spoken(turn: Turn): string {
  const value = turn.sentiment.score;
  const what = value === null ? `sentiment not known` : `sentiment ${score(value)}`;
  return `${ROLES[turn.role]} at ${clock(turn.start)}, ${what}: ${turn.text}`;
}

const TOOLTIP_WIDTH = 260;

function Tooltip({ frame, turn, place: { x, y } }: { frame: Frame; turn: Turn; place: Place }) {
  const value = turn.sentiment.score;
  const left = Math.min(Math.max(0, x - TOOLTIP_WIDTH / 2), Math.max(0, frame.width - TOOLTIP_WIDTH));
  const below = y < frame.height / 2;
  return (
    <div
      class="tooltip"
      aria-hidden="true"
      style={{ left: `${left}px`, ...(below ? { top: `${y + 16}px` } : { bottom: `${frame.height - y + 16}px` }) }}
    >
      <strong class={turn.role.toLowerCase()}>{ROLES[turn.role]}</strong> {clock(turn.start)}
      <span class="tooltip-score">{value === null ? "not known" : score(value)}</span>
      <p>{turn.text}</p>
      {value === null && turn.sentiment.reason && <p class="why">{turn.sentiment.reason}</p>}
    </div>
  );
}

function Legend({ interaction, speakers }: { interaction: Interaction; speakers: Speaker[] }) {
  return (
    <ul class="legend">
      {speakers.map((speaker) => (
        <li key={speaker.speaker} class={`series ${speaker.role.toLowerCase()}`}>
          <svg width="34" height="16" viewBox="-17 -8 34 16" aria-hidden="true">
            <path class="line" d="M-17 0H17" />
            <path class="mark" d={SHAPES[speaker.role]} />
          </svg>
          {nameOf(speaker, interaction)}
        </li>
      ))}
      <li>
        <svg width="34" height="16" viewBox="-17 -8 34 16" aria-hidden="true">
          <path class="level" d="M-15 0H15" />
        </svg>
        Quarter average
      </li>
      <li class="point hollow">
        <svg width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true">
          <path class="mark" d={SHAPES.CALLER} />
        </svg>
        Not known
      </li>
    </ul>
  );
}

/** The speaker's own name, or else the one the interaction is known by when only one speaker has the role. */
export function nameOf({ role, name }: Speaker, { speakers, customer, agent }: Interaction): string {
  const word = ROLES[role];
  if (name && name.toLowerCase() !== word.toLowerCase()) return `${word}: ${name}`;
  const alone = speakers.filter((speaker) => speaker.role === role).length === 1;
  const known = role === "CALLER" ? customer : role === "AGENT" ? agent : null;
  return alone && known ? `${word}: ${known}` : word;
}

function DataTable({ interaction }: { interaction: Interaction }) {
  return (
    <details class="graph-data">
      <summary>The same as a table</summary>
      <div class="table-box">
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Speaker</th>
              <th scope="col" class="numeric">
                Sentiment
              </th>
              <th scope="col">Text</th>
            </tr>
          </thead>
          <tbody>
            {interaction.turns.map((turn, index) => (
              <tr key={index}>
                <td>{clock(turn.start)}</td>
                <td>{ROLES[turn.role]}</td>
                <td class="numeric">
                  {turn.sentiment.score === null ? (
                    <Unknown why={turn.sentiment.reason ?? "Not known"} />
                  ) : (
                    score(turn.sentiment.score)
                  )}
                </td>
                <td>{turn.text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
