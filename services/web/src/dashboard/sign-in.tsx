import { useState } from "preact/hooks";
import { CallFailed } from "../http";
import { Icon } from "../icons";
import { sentence } from "./api";
import { signIn, type StaffSession } from "./session";

interface SignInProps {
  notice: string | null;
  onSignedIn: (session: StaffSession) => void;
}

export function SignIn({ notice, onSignedIn }: SignInProps) {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);

  async function submit(event: Event) {
    event.preventDefault();
    setBusy(true);
    setTrouble(null);
    try {
      onSignedIn(await signIn(username.trim(), password));
    } catch (error) {
      const wrong = error instanceof CallFailed && (error.failure === "expired" || error.failure === "refused");
      setTrouble(wrong ? "The user name or the password is not right." : sentence(error));
      setBusy(false);
    }
  }

  return (
    <main class="sign-in">
      <form class="sign-in-card" onSubmit={(event) => void submit(event)}>
        <img src="/favicon.svg" alt="" width="52" height="52" />
        <h1>Staff dashboard</h1>
        <p class="sub">Sentiment of every call and chat</p>
        {notice && !trouble && (
          <p class="notice info" role="status">
            {notice}
          </p>
        )}
        {trouble && (
          <p class="notice bad" role="alert">
            <Icon name="alert" /> {trouble}
          </p>
        )}
        <label>
          User name
          <input
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellcheck={false}
            required
            autofocus
            value={username}
            onInput={(event) => setUsername(event.currentTarget.value)}
          />
        </label>
        <label>
          Password
          <input
            name="password"
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button" disabled={busy}>
          {busy ? "Signing in…" : "Sign in"}
        </button>
        <a class="back-link" href="/">
          <Icon name="back" /> To the bank's page
        </a>
      </form>
    </main>
  );
}
