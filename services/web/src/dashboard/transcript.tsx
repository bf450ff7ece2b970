import { Icon } from "../icons";
import { clock, ROLES, score, tone } from "./format";
import { pieces, redactionName } from "./redactions";
import type { Interaction, Sentiment, Turn } from "./types";

export function turnId(index: number): string {
  return `turn-${index}`;
}

export function Transcript({ interaction, chosen }: { interaction: Interaction; chosen: number | null }) {
  if (!interaction.turns.length) return <p class="faint">Nothing was said, or nothing could be understood.</p>;
  return (
    <ol class="transcript">
      {interaction.turns.map((turn, index) => (
        <li
          key={index}
          id={turnId(index)}
          tabIndex={-1}
          class={`turn ${turn.role.toLowerCase()} ${index === chosen ? "chosen" : ""}`}
        >
          <div class="turn-head">
            <strong>{ROLES[turn.role]}</strong>
            <time>{clock(turn.start)}</time>
            {turn.interruption && (
              <span class="badge interruption">
                <Icon name="interrupt" /> Interruption
              </span>
            )}
            <SentimentChip sentiment={turn.sentiment} />
          </div>
          <p class="turn-text">
            <TurnText turn={turn} />
          </p>
        </li>
      ))}
    </ol>
  );
}

function TurnText({ turn }: { turn: Turn }) {
  return (
    <>
      {pieces(turn.text, turn.redactions).map((piece, index) =>
        piece.redacted === null ? (
          piece.text
        ) : (
          <span key={index} class="badge redaction" title="Taken out to protect personal data">
            <Icon name="lock" /> {redactionName(piece.redacted)}
          </span>
        ),
      )}
    </>
  );
}

function SentimentChip({ sentiment: { score: value, label, reason, scale } }: { sentiment: Sentiment }) {
  if (value === null) {
    return (
      <span class="chip unknown" title={reason ?? undefined}>
        Not known{reason && <span class="visually-hidden">: {reason}</span>}
      </span>
    );
  }
  const word = label === "MIXED" ? "Mixed " : "";
  const title = scale === "label" ? "From the source's label only" : undefined;
  return (
    <span class={`chip ${tone(value)}`} title={title}>
      {word}
      {score(value)}
    </span>
  );
}
