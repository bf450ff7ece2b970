import { Icon } from "../icons";
import { clock, plural, ROLES } from "./format";
import { TurnText } from "./transcript";
import type { CategoryKind, DetectedCategory, Interaction, QualityFlag, Role } from "./types";

/** Why nothing that was measured should be relied on. */
export function Quality({ flags }: { flags: QualityFlag[] }) {
  if (!flags.length) return null;
  return (
    <section class="notice warn quality" aria-labelledby="quality-heading">
      <Icon name="alert" />
      <div>
        <h2 id="quality-heading">Not to be relied on, and kept out of averages</h2>
        <ul>
          {flags.map(({ code, sentence }) => (
            <li key={code}>{sentence}</li>
          ))}
        </ul>
      </div>
    </section>
  );
}

/** What the result says of a summary that nobody wrote. */
const OWN_WORDS = "the parties' own words";

interface FindingsProps {
  interaction: Interaction;
  onChoose: (turn: number) => void;
}

/** The summary in the parties' own words, and the categories with the turns that are their evidence. */
export function Findings({ interaction, onChoose }: FindingsProps) {
  const { summary = [], categories = [], source } = interaction;
  const writer = source.summary_engine === OWN_WORDS ? null : source.summary_engine;
  if (!summary.length && !categories.length) return null;
  return (
    <section class="panel findings" aria-label="In short">
      {summary.length > 0 && (
        <div>
          <h2>In short</h2>
          <ul class="summary">
            {summary.map((line, index) => (
              <SummaryLine key={index} line={line} />
            ))}
          </ul>
          {writer && <p class="faint">Written by {writer}, not in the parties' own words.</p>}
        </div>
      )}
      {categories.length > 0 && (
        <div>
          <h2>What was found</h2>
          <ul class="categories">
            {sorted(categories).map((category) => (
              <Category key={category.name} category={category} interaction={interaction} onChoose={onChoose} />
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

function SummaryLine({ line }: { line: string }) {
  const [, word, said] = /^(Caller|Agent|Bot|Ivr): (.*)$/s.exec(line) ?? [];
  if (!word || !said) return <li>{line}</li>;
  const role = word.toUpperCase() as Role;
  return (
    <li class={word.toLowerCase()}>
      <strong>{ROLES[role]}</strong> {said}
    </li>
  );
}

const KINDS: Record<CategoryKind, string> = {
  issue: "Issue",
  outcome: "Outcome",
  action: "Action",
  category: "Category",
};

function sorted(categories: DetectedCategory[]): DetectedCategory[] {
  const order = Object.keys(KINDS);
  return [...categories].sort((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind));
}

const AT_ONCE = 2;

function Category({ category, interaction, onChoose }: { category: DetectedCategory } & FindingsProps) {
  const { name, kind, turns } = category;
  const [first, rest] = [turns.slice(0, AT_ONCE), turns.slice(AT_ONCE)];
  const evidence = (turn: number) => (
    <Evidence key={turn} turn={turn} interaction={interaction} onChoose={onChoose} />
  );
  return (
    <li>
      <p class="category-name">
        <span class={`badge kind ${kind}`}>{KINDS[kind]}</span> <strong>{name}</strong>
      </p>
      {turns.length === 0 && <p class="faint">From the interaction as a whole</p>}
      {first.map(evidence)}
      {rest.length > 0 && (
        <details>
          <summary>{plural(rest.length, "more turn")}</summary>
          {rest.map(evidence)}
        </details>
      )}
    </li>
  );
}

function Evidence({ turn: index, interaction, onChoose }: { turn: number } & FindingsProps) {
  const turn = interaction.turns[index];
  if (!turn) return null;
  return (
    <button type="button" class={`evidence ${turn.role.toLowerCase()}`} onClick={() => onChoose(index)}>
      <time>{clock(turn.start)}</time>
      <span class="quote">
        <TurnText turn={turn} />
      </span>
    </button>
  );
}
