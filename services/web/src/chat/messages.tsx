import { Icon } from "../icons";
import type { Entry } from "./conversation";
import type { Card, CardButton, ChatMessage } from "./types";

interface MessagesProps {
  entries: readonly Entry[];
  busy: boolean;
  onChoose: ((button: CardButton) => void) | null;
}

/** `onChoose` is null while nothing can be said; only the cards after the customer's last words can be used. */
export function Messages({ entries, busy, onChoose }: MessagesProps) {
  const lastSaid = entries.findLastIndex((entry) => entry.sender === "customer");
  return (
    <ol class="chat-messages">
      {entries.map((entry, index) => (
        <li key={entry.id} class={`chat-entry ${entry.sender} ${entry.delivery}`}>
          <span class="visually-hidden">{entry.sender === "bot" ? "Assistant: " : "You: "}</span>
          <MessageBody message={entry.message} onChoose={index > lastSaid ? onChoose : null} />
          {entry.delivery === "failed" && (
            <span class="chat-not-sent">
              <Icon name="alert" /> Not sent
            </span>
          )}
        </li>
      ))}
      {busy && (
        <li class="chat-entry bot typing" role="status">
          <span class="visually-hidden">The assistant is typing</span>
          <span class="bubble dots" aria-hidden="true">
            <i /> <i /> <i />
          </span>
        </li>
      )}
    </ol>
  );
}

function MessageBody({ message, onChoose }: { message: ChatMessage; onChoose: MessagesProps["onChoose"] }) {
  if (message.imageResponseCard) return <CardBody card={message.imageResponseCard} onChoose={onChoose} />;
  return <p class="bubble">{plainText(message)}</p>;
}

function CardBody({ card, onChoose }: { card: Card; onChoose: MessagesProps["onChoose"] }) {
  return (
    <div class="bubble card">
      {/* Pictures from elsewhere would tell their host who is talking to the bank; the policy forbids them. */}
      {card.imageUrl?.startsWith("/") && <img src={card.imageUrl} alt="" />}
      <p class="card-title">{card.title}</p>
      {card.subtitle && <p class="card-subtitle">{card.subtitle}</p>}
      <div class="card-buttons">
        {card.buttons?.map((button) => (
          <button type="button" key={button.value} disabled={!onChoose} onClick={() => onChoose?.(button)}>
            {button.text}
          </button>
        ))}
      </div>
    </div>
  );
}

/** Speech markup is shown as its words. */
export function plainText({ contentType, content }: ChatMessage): string {
  const text = content ?? "";
  return contentType === "SSML" ? text.replace(/<[^>]*>/g, "") : text;
}
