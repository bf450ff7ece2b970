import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../icons";
import { sentence, type StaffApi } from "./api";
import { clock, plural, score, tone } from "./format";
import { nameOf } from "./graph";
import { Loading, Trouble } from "./list";
import { TurnText } from "./transcript";
import type { Explanation, Interaction, Measure, Sentiment } from "./types";
import { meaning, working } from "./working";

/** A number that is asked about: a speaker's measure, or the score of one turn. */
export interface Question {
  measure: Measure;
  speaker?: string;
  turn?: number;
}

interface WhyDialogProps {
  api: StaffApi;
  interaction: Interaction;
  question: Question;
  onClose: () => void;
  /** Leads to a turn of the transcript. */
  onChoose: (turn: number) => void;
}

/** Why a number is what it is: the sum, the thresholds, and every turn that counts with the words that weigh. */
export function WhyDialog({ api, interaction, question, onClose, onChoose }: WhyDialogProps) {
  const [explanation, setExplanation] = useState<Explanation | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const box = useRef<HTMLDialogElement>(null);
  const id = interaction.interaction_id;

  useEffect(() => {
    const dialog = box.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);

  useEffect(() => {
    const control = new AbortController();
    setTrouble(null);
    api
      .explanation(id, asked(question), control.signal)
      .then(setExplanation)
      .catch((error: unknown) => {
        if (!control.signal.aborted) setTrouble(sentence(error));
      });
    return () => control.abort();
  }, [api, id, question, attempt]);

  /** A dialog that closes gives the focus back to where it was: the turn must ask for it afterwards. */
  function choose(turn: number) {
    box.current?.close();
    onChoose(turn);
  }

  return (
    <dialog
      ref={box}
      class="why"
      aria-labelledby="why-heading"
      onClose={onClose}
      onClick={(event) => event.target === box.current && onClose()}
    >
      <div class="why-inner">
        <div class="why-head">
          <h2 id="why-heading">{title(question, interaction)}</h2>
          <button type="button" class="icon-button" aria-label="Close" title="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
        {!explanation && !trouble && <Loading />}
        {trouble && <Trouble text={trouble} onRetry={() => setAttempt(attempt + 1)} />}
        {explanation && (
          <Reasons explanation={explanation} interaction={interaction} question={question} onChoose={choose} />
        )}
      </div>
    </dialog>
  );
}

function asked({ measure, speaker, turn }: Question): string {
  const query = new URLSearchParams({ measure });
  if (speaker !== undefined) query.set("speaker", speaker);
  if (turn !== undefined) query.set("turn", String(turn));
  return query.toString();
}

const WORDS: Record<Exclude<Measure, "turn">, string> = {
  average: "Average",
  trend: "Trend",
  change: "Change",
  quarter_1: "First quarter",
  quarter_2: "Second quarter",
  quarter_3: "Third quarter",
  quarter_4: "Last quarter",
};

function title({ measure, speaker: label, turn }: Question, interaction: Interaction): string {
  if (measure === "turn") return `Turn at ${clock(interaction.turns[turn ?? 0]?.start ?? 0)}`;
  const speaker = interaction.speakers.find((one) => one.speaker === label);
  return speaker ? `${WORDS[measure]} \u00b7 ${nameOf(speaker, interaction)}` : WORDS[measure];
}

interface ReasonsProps extends Pick<WhyDialogProps, "interaction" | "question" | "onChoose"> {
  explanation: Explanation;
}

function Reasons({ explanation, interaction, question, onChoose }: ReasonsProps) {
  const { value, denominator, turns } = explanation;
  const sum = working(explanation, interaction, question.speaker);
  const threshold = (number: number) => number.toFixed(2);
  return (
    <>
      <p class={`why-value ${tone(value)}`}>{value === null ? "Not known" : score(value)}</p>
      <p>{meaning(explanation)}</p>
      {sum && <p class="why-sum number">{sum}</p>}
      <dl class="why-facts">
        {denominator !== null && (
          <div>
            <dt>Divided by</dt>
            <dd>{plural(denominator, "turn")} with a score</dd>
          </div>
        )}
        <div>
          <dt>Thresholds</dt>
          <dd>
            positive from {threshold(explanation.min_sentiment_positive)}, negative from{" "}
            {threshold(explanation.min_sentiment_negative)}
          </dd>
        </div>
        <div>
          <dt>Judged by</dt>
          <dd>{explanation.sentiment_engine}</dd>
        </div>
      </dl>
      {turns.length > 0 ? (
        <ol class="why-turns">
          {turns.map(({ turn: index, start, sentiment, text }) => {
            const turn = interaction.turns[index];
            return (
              <li key={index}>
                <div class="why-turn-head">
                  <button type="button" class="text-button" onClick={() => onChoose(index)}>
                    <time>{clock(start)}</time>
                    <span class="visually-hidden">: go to this turn</span>
                  </button>
                  <span class={`chip ${tone(sentiment.score)}`}>{score(sentiment.score)}</span>
                  <Probabilities sentiment={sentiment} />
                </div>
                <p class="turn-text">{turn ? <TurnText turn={turn} /> : text}</p>
                <Terms sentiment={sentiment} />
              </li>
            );
          })}
        </ol>
      ) : (
        <p class="faint">No turn counts for it.</p>
      )}
    </>
  );
}

function Probabilities({ sentiment: { positive, negative, scale, reason } }: { sentiment: Sentiment }) {
  if (reason) return <span class="faint">{reason}</span>;
  if (scale === "label") return <span class="faint">from the source's label</span>;
  if (positive == null || negative == null) return null;
  return (
    <span class="faint number">
      positive {positive.toFixed(2)}, negative {negative.toFixed(2)}
    </span>
  );
}

function Terms({ sentiment: { evidence = [] } }: { sentiment: Sentiment }) {
  if (!evidence.length) return null;
  return (
    <ul class="why-terms" aria-label="Words that weigh">
      {evidence.map(({ text, valence }, index) => (
        <li key={index} class={valence < 0 ? "negative" : "positive"}>
          {text} <span class="number">{score(valence).replace(/0$/, "")}</span>
        </li>
      ))}
    </ul>
  );
}
