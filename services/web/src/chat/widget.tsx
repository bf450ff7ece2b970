import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../icons";
import { gatewayChat } from "./api";
import { Composer } from "./composer";
import { asksForPin, Conversation, type ConversationView, localeOf } from "./conversation";
import { Messages } from "./messages";
import type { AnsweredBy, Writer } from "./types";

const OPEN_KEY = "omnilex.chat.open";
const SUGGESTIONS = ["What is my balance?", "Make a payment", "Open an account"];
const PHONE = "(max-width: 600px)";

/** The button bottom-right and the chat it opens. `page` is what lies behind it. */
export function ChatWidget({ page }: { page: HTMLElement }) {
  const [open, setOpen] = useState(() => sessionStorage.getItem(OPEN_KEY) !== null);
  const [draft, setDraft] = useState("");
  const launcher = useRef<HTMLButtonElement>(null);
  /** Set on closing: the button takes the focus back once it can be seen again. */
  const focusDue = useRef(false);
  const conversation = useConversation();

  function show() {
    sessionStorage.setItem(OPEN_KEY, "1");
    setOpen(true);
  }

  function close() {
    sessionStorage.removeItem(OPEN_KEY);
    setOpen(false);
    focusDue.current = true;
  }

  useEffect(() => {
    if (open) {
      void conversation.open();
    } else if (focusDue.current) {
      focusDue.current = false;
      launcher.current?.focus();
    }
  }, [open]);

  useEffect(() => {
    function openFromPage(event: MouseEvent) {
      const opener = event.target instanceof Element && event.target.closest<HTMLElement>("[data-open-chat]");
      if (!opener) return;
      if (opener.dataset.openChat) setDraft(opener.dataset.openChat);
      show();
    }
    page.addEventListener("click", openFromPage);
    return () => page.removeEventListener("click", openFromPage);
  }, []);

  useEffect(() => setDraftAgain(conversation.view, setDraft), [conversation.view.unsent]);
  usePageBehind(page, open);

  return (
    <>
      <button ref={launcher} type="button" class="chat-launcher" hidden={open} aria-haspopup="dialog" onClick={show}>
        <Icon name="chat" /> Chat with us
      </button>
      {open && <ChatWindow conversation={conversation} draft={draft} setDraft={setDraft} onClose={close} />}
    </>
  );
}

function setDraftAgain(view: ConversationView, setDraft: (text: string) => void): void {
  if (view.unsent) setDraft(view.unsent);
}

function useConversation(): Conversation {
  const [, redraw] = useState(0);
  const [conversation] = useState(() => {
    const changed = () => redraw((count) => count + 1);
    return new Conversation(gatewayChat, sessionStorage, { changed, localeId: localeOf(document.documentElement.lang) });
  });
  return conversation;
}

/** On a phone the chat covers the page, which then neither scrolls nor takes the focus. */
function usePageBehind(page: HTMLElement, open: boolean): void {
  useEffect(() => {
    const phone = matchMedia(PHONE);
    const apply = () => {
      page.inert = open && phone.matches;
      document.body.classList.toggle("chat-covers", open && phone.matches);
    };
    apply();
    phone.addEventListener("change", apply);
    return () => phone.removeEventListener("change", apply);
  }, [open]);
}

const ANSWERED: Record<AnsweredBy, string> = {
  bot: "Automated, always open",
  queue: "Waiting for a person",
  agent: "A person is answering you",
};

/** The bot is about to answer what was just sent, whether or not the stream has told so. */
function whoTypes({ phase, typing, dialog }: ConversationView): Writer {
  if (phase === "ended" || phase === "expired") return null;
  const answersNow = phase === "starting" || (phase === "sending" && (dialog.answeredBy ?? "bot") === "bot");
  return typing ?? (answersNow ? "bot" : null);
}

interface ChatWindowProps {
  conversation: Conversation;
  draft: string;
  setDraft: (text: string) => void;
  onClose: () => void;
}

function ChatWindow({ conversation, draft, setDraft, onClose }: ChatWindowProps) {
  const { phase, entries, dialog, trouble } = conversation.view;
  const answeredBy = dialog.answeredBy ?? "bot";
  const typing = whoTypes(conversation.view);
  const frame = useRef<HTMLElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const nothingSaid = phase === "ready" && !entries.some((entry) => entry.sender === "customer");
  const over = phase === "ended" || phase === "expired";

  useLayoutEffect(() => {
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
    // A pressed button may be gone now: the keyboard must not fall out of the chat.
    if (document.activeElement === document.body) frame.current?.focus();
  }, [entries, phase, trouble, typing, answeredBy]);

  function choose(text: string) {
    frame.current?.focus();
    void conversation.say(text);
  }

  return (
    <section
      ref={frame}
      class="chat-window"
      role="dialog"
      tabIndex={-1}
      aria-label="Chat with the OmniLex Bank assistant"
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <header class="chat-header">
        <img src="/favicon.svg" alt="" width="36" height="36" />
        <div class="chat-who">
          <strong>{answeredBy === "agent" ? "OmniLex team" : "OmniLex assistant"}</strong>
          {dialog.verified ? (
            <span class="chat-verified">
              <Icon name="shield" /> Identity verified
            </span>
          ) : (
            <span>{ANSWERED[answeredBy]}</span>
          )}
        </div>
        {(phase === "ready" || phase === "sending") && (
          <button type="button" class="chat-end" onClick={() => void conversation.end()}>
            End chat
          </button>
        )}
        <button type="button" class="chat-close" aria-label="Close the chat" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>

      <div class="chat-scroll" ref={scroller} role="log" aria-live="polite" aria-label="Messages" tabIndex={0}>
        <Messages
          entries={entries}
          typing={typing}
          onChoose={phase === "ready" ? (button) => choose(button.value) : null}
        />
        {nothingSaid && (
          <div class="chat-suggestions">
            {SUGGESTIONS.map((text) => (
              <button type="button" key={text} onClick={() => choose(text)}>
                {text}
              </button>
            ))}
          </div>
        )}
      </div>

      {answeredBy === "queue" && !over && (
        <div class="chat-notice waiting" role="status">
          <span class="chat-pulse" aria-hidden="true" />
          <span>You are in line for a member of our team. You can close this window and come back: nothing is lost.</span>
        </div>
      )}
      {trouble && (
        <div class="chat-notice bad" role="alert">
          <Icon name="alert" />
          <span>{trouble.text}</span>
          {trouble.retry && (
            <button type="button" onClick={() => void trouble.retry?.()}>
              Try again
            </button>
          )}
        </div>
      )}
      {over && (
        <div class="chat-notice over" role="alert">
          <span>
            {phase === "expired"
              ? "Your session has expired, to keep your accounts safe. Start a new chat to go on."
              : "This chat has ended. Thank you for talking to us."}
          </span>
          <button type="button" class="button small" onClick={() => void conversation.start()}>
            New chat
          </button>
        </div>
      )}
      <Composer
        draft={draft}
        setDraft={setDraft}
        secret={asksForPin(dialog)}
        ready={phase === "ready"}
        over={over}
        onSay={(text, secret) => void conversation.say(text, secret)}
      />
    </section>
  );
}
