import { Icon } from "../icons";
import { clock, ROLES, score, tone } from "./format";
import { pieces, redactionName } from "./redactions";
import type { Interaction, Sentiment, Turn } from "./types";
import type { Question } from "./why";

export function turnId(index: number): string {
  return `turn-${index}`;
}

interface TranscriptProps {
  interaction: Interaction;
  chosen: number | null;
  onAsk: (question: Question) => void;
}

export function Transcript({ interaction, chosen, onAsk }: TranscriptProps) {
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
            <SentimentChip sentiment={turn.sentiment} onAsk={() => onAsk({ measure: "turn", turn: index })} />
          </div>
          <p class="turn-text">
            <TurnText turn={turn} />
          </p>
          {turn.categories && turn.categories.length > 0 && (
            <p class="turn-found">
              {turn.categories.map((name) => (
                <span key={name} class="badge found">
                  <Icon name="tag" /> {name}
                </span>
              ))}
            </p>
          )}
        </li>
      ))}
    </ol>
  );
}

export function TurnText({ turn }: { turn: Turn }) {
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

function SentimentChip({ sentiment, onAsk }: { sentiment: Sentiment; onAsk: () => void }) {
  const { score: value, label, reason, scale } = sentiment;
  if (value === null) {
    return (
      <span class="chip unknown" title={reason ?? undefined}>
        Not known{reason && <span class="visually-hidden">: {reason}</span>}
      </span>
    );
  }
  const word = label === "MIXED" ? "Mixed " : "";
  const title = scale === "label" ? "From the source's label only" : "Why this score?";
  return (
    <button type="button" class={`chip ${tone(value)}`} title={title} onClick={onAsk}>
      {word}
      {score(value)}
      <span class="visually-hidden">: why this score?</span>
    </button>
  );
}
