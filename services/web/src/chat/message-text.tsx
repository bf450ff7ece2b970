import { Fragment } from "preact";
import { type Block, blocks, type Inline } from "./markdown";

/** What the bank says, with its bold, italics, lists and links; HTML in it is shown as it was written. */
export function MessageText({ text }: { text: string }) {
  return (
    <div class="bubble">
      {blocks(text).map((block, place) => (
        <BlockOf key={place} block={block} />
      ))}
    </div>
  );
}

function BlockOf({ block }: { block: Block }) {
  if (block.kind === "text") {
    return (
      <p>
        {block.lines.map((line, place) => (
          <Fragment key={place}>
            {place > 0 && <br />}
            <Inlines of={line} />
          </Fragment>
        ))}
      </p>
    );
  }
  const items = block.items.map((item, place) => (
    <li key={place}>
      <Inlines of={item} />
    </li>
  ));
  return block.kind === "bullets" ? <ul>{items}</ul> : <ol start={block.start}>{items}</ol>;
}

function Inlines({ of }: { of: Inline[] }) {
  return (
    <>
      {of.map((inline, place) => {
        if (typeof inline === "string") return inline;
        const inside = <Inlines of={inline.children} />;
        if (inline.kind !== "link") {
          return inline.kind === "strong" ? <strong key={place}>{inside}</strong> : <em key={place}>{inside}</em>;
        }
        const elsewhere = /^https?:/.test(inline.href) && { target: "_blank", rel: "noopener noreferrer" };
        return (
          <a key={place} href={inline.href} {...elsewhere}>
            {inside}
          </a>
        );
      })}
    </>
  );
}
