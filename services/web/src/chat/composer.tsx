import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../icons";

interface ComposerProps {
  draft: string;
  setDraft: (text: string) => void;
  /** The bot waits for a PIN: what is typed is hidden. */
  secret: boolean;
  ready: boolean;
  over: boolean;
  onSay: (text: string, secret: boolean) => void;
}

export function Composer({ draft, setDraft, secret, ready, over, onSay }: ComposerProps) {
  const input = useRef<HTMLInputElement>(null);
  const [shown, setShown] = useState(false);

  useEffect(() => {
    // On a touch screen the keyboard would cover the answer; it comes up for a PIN only.
    if (!over && (secret || matchMedia("(pointer: fine)").matches)) input.current?.focus();
  }, [over, secret]);
  useEffect(() => setShown(false), [secret]);

  function submit(event: Event) {
    event.preventDefault();
    input.current?.focus();
    const text = draft.trim();
    if (!ready || !text) return;
    setDraft("");
    onSay(text, secret);
  }

  // One element changes its type and keeps the focus; the types of JSX know only elements that keep theirs.
  const type = (secret && !shown ? "password" : "text") as "text";
  return (
    <form class="chat-composer" onSubmit={submit} hidden={over}>
      {secret && (
        <p class="chat-secret" id="chat-secret">
          <Icon name="lock" /> Your PIN is hidden here and left out of our records.
        </p>
      )}
      <label class="visually-hidden" for="chat-input">
        {secret ? "Your PIN" : "Your message"}
      </label>
      <input
        ref={input}
        id="chat-input"
        type={type}
        inputMode={secret ? "numeric" : "text"}
        autoComplete="off"
        spellcheck={!secret}
        maxLength={secret ? 16 : 1024}
        placeholder={secret ? "PIN" : "Write a message"}
        aria-describedby={secret ? "chat-secret" : undefined}
        value={draft}
        onInput={(event) => setDraft(event.currentTarget.value)}
      />
      {secret && (
        <button
          type="button"
          class="chat-reveal"
          aria-label="Show the PIN"
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        >
          <Icon name={shown ? "eyeOff" : "eye"} />
        </button>
      )}
      <button type="submit" class="chat-send" aria-label="Send" disabled={!ready || !draft.trim()}>
        <Icon name="send" />
      </button>
    </form>
  );
}
