import { useEffect, useState } from "preact/hooks";
import { CallFailed } from "../http";
import { Icon } from "../icons";
import { sentence } from "./api";
import { arrival, departure, isReturn, NotSignedIn, signInWay, type SignInWay } from "./provider";
import { signIn, type StaffSession } from "./session";

interface SignInProps {
  notice: string | null;
  onSignedIn: (session: StaffSession) => void;
}

const PASSWORD: SignInWay = { method: "password", authorize_url: null, client_id: null, scope: null };

export function SignIn({ notice, onSignedIn }: SignInProps) {
  const [way, setWay] = useState<SignInWay | null>(null);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);

  async function come() {
    const { pathname, search, origin } = location;
    history.replaceState(null, "", pathname); // a code is good once, and no page's address
    setBusy(true);
    try {
      const { session, back } = await arrival(search, origin, sessionStorage);
      history.replaceState(null, "", back);
      onSignedIn(session);
    } catch (error) {
      setTrouble(told(error));
      setBusy(false);
    }
  }

  useEffect(() => {
    // Where it cannot be known the form is shown: what is wrong is said when it is sent.
    signInWay().then(setWay, () => setWay(PASSWORD));
    if (isReturn(location.pathname, location.search)) void come();
  }, []);

  async function enter(username: string, password: string) {
    setBusy(true);
    setTrouble(null);
    try {
      onSignedIn(await signIn(username, password));
    } catch (error) {
      const wrong = error instanceof CallFailed && (error.failure === "expired" || error.failure === "refused");
      setTrouble(wrong ? "The user name or the password is not right." : sentence(error));
      setBusy(false);
    }
  }

  async function leave(way: SignInWay) {
    setBusy(true);
    setTrouble(null);
    try {
      const back = location.pathname + location.search;
      location.assign(await departure(way, location.origin, back, sessionStorage));
    } catch (error) {
      setTrouble(told(error));
      setBusy(false);
    }
  }

  return (
    <main class="sign-in">
      <div class="sign-in-card">
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
        {way?.method === "password" && <PasswordForm busy={busy} onSend={(name, word) => void enter(name, word)} />}
        {way?.method === "oidc" && way.authorize_url && (
          <button type="button" class="button" disabled={busy} onClick={() => void leave(way)}>
            {busy ? "Signing in…" : "Sign in with your bank account for staff"}
          </button>
        )}
        {way?.method === "oidc" && !way.authorize_url && (
          <p class="notice info">Staff sign in at the bank's identity provider, which this dashboard does not lead to.</p>
        )}
        <a class="back-link" href="/">
          <Icon name="back" /> To the bank's page
        </a>
      </div>
    </main>
  );
}

interface PasswordFormProps {
  busy: boolean;
  onSend: (username: string, password: string) => void;
}

function PasswordForm({ busy, onSend }: PasswordFormProps) {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");

  function submit(event: Event) {
    event.preventDefault();
    onSend(username.trim(), password);
  }

  return (
    <form class="sign-in-form" onSubmit={submit}>
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
    </form>
  );
}

function told(error: unknown): string {
  return error instanceof NotSignedIn ? error.message : sentence(error);
}
