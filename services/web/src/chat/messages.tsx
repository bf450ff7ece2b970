import { Icon } from "../icons";
import type { Entry } from "./conversation";
import { MessageText } from "./message-text";
import type { Card, CardButton, ChatMessage, Sender, Writer } from "./types";

interface MessagesProps {
  entries: readonly Entry[];
  typing: Writer;
  onChoose: ((button: CardButton) => void) | null;
}

const SPEAKERS: Record<Sender, string> = { customer: "You", bot: "Assistant", agent: "Member of our team" };
const TYPING = { bot: "The assistant is typing", agent: "A member of our team is typing" };

/** `onChoose` is null while nothing can be said; only the cards after the customer's last words can be used. */
export function Messages({ entries, typing, onChoose }: MessagesProps) {
  const lastSaid = entries.findLastIndex((entry) => entry.sender === "customer");
  return (
    <ol class="chat-messages">
      {entries.map((entry, index) => (
        <li key={entry.id} class={`chat-entry ${entry.sender} ${entry.delivery}`}>
          <Speaker sender={entry.sender} first={entries[index - 1]?.sender !== entry.sender} />
          <MessageBody entry={entry} onChoose={index > lastSaid ? onChoose : null} />
          {entry.delivery === "failed" && (
            <span class="chat-not-sent">
              <Icon name="alert" /> Not sent
            </span>
          )}
        </li>
      ))}
      {typing && (
        <li class={`chat-entry ${typing} typing`} role="status">
          <span class="visually-hidden">{TYPING[typing]}</span>
          <span class="bubble dots" aria-hidden="true">
            <i /> <i /> <i />
          </span>
        </li>
      )}
    </ol>
  );
}

/** Everybody sees when it is a person who speaks; the rest is told by the side it stands on. */
function Speaker({ sender, first }: { sender: Sender; first: boolean }) {
  const shown = sender === "agent" && first;
  return (
    <span class={shown ? "chat-speaker" : "visually-hidden"}>
      {SPEAKERS[sender]}
      <span class="visually-hidden">: </span>
    </span>
  );
}

function MessageBody({ entry, onChoose }: { entry: Entry; onChoose: MessagesProps["onChoose"] }) {
  const { message, sender } = entry;
  if (message.imageResponseCard) return <CardBody card={message.imageResponseCard} onChoose={onChoose} />;
  // What the customer wrote is shown as it was written.
  return sender === "customer" ? <p class="bubble">{plainText(message)}</p> : <MessageText text={plainText(message)} />;
}

function CardBody({ card, onChoose }: { card: Card; onChoose: MessagesProps["onChoose"] }) {
  return (
    <div class="bubble card">
      {/* Pictures from elsewhere would tell their host who is talking to the bank; the policy forbids them. */}
      {card.imageUrl && /^\/(?![/\\])/.test(card.imageUrl) && <img src={card.imageUrl} alt="" />}
      <p class="card-title">{card.title}</p>
      {card.subtitle && <p class="card-subtitle">{card.subtitle}</p>}
      {card.buttons && card.buttons.length > 0 && (
        <div class="card-buttons" role="group" aria-label={card.title}>
          {card.buttons.map((button) => (
            <button type="button" key={button.value} disabled={!onChoose} onClick={() => onChoose?.(button)}>
              {button.text}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

/** Speech markup is shown as its words. */
export function plainText({ contentType, content }: ChatMessage): string {
  const text = content ?? "";
  return contentType === "SSML" ? text.replace(/<[^>]*>/g, "") : text;
}
