import { useEffect, useMemo, useState } from "preact/hooks";
import { Icon, type IconName } from "../icons";
import { staffApi } from "./api";
import { ConversationPage } from "./conversation";
import { DetailPage } from "./detail";
import { LedgerPage } from "./ledger";
import { ListPage } from "./list";
import { QueuePage } from "./queue";
import { Link, QUEUE_PATH, routeOf, useAddress, type Route } from "./router";
import { keepSession, mayCorrect, mayDirect, mayTalk, mayUpload, storedSession, type StaffSession } from "./session";
import { SignIn } from "./sign-in";
import { UploadPage } from "./upload";
import { UploadQueue } from "./upload-queue";

const EXPIRED = "Your session has expired. Please sign in again.";
/** The page of one thing belongs to the tab of its list. */
const PARTS: Partial<Record<Route["page"], Route["page"]>> = { list: "detail", queue: "conversation" };
const LONGEST_TIMER = 2 ** 31 - 1;

export function App() {
  const [session, setSession] = useState(storedSession);
  const [notice, setNotice] = useState<string | null>(null);

  function enter(next: StaffSession) {
    keepSession(next);
    setNotice(null);
    setSession(next);
  }

  function leave(why: string | null) {
    keepSession(null);
    setNotice(why);
    setSession(null);
  }

  useEffect(() => {
    if (!session) return;
    const left = Math.min(Date.parse(session.expires_at) - Date.now(), LONGEST_TIMER);
    const timer = setTimeout(() => leave(EXPIRED), left);
    return () => clearTimeout(timer);
  }, [session]);

  if (!session) return <SignIn notice={notice} onSignedIn={enter} />;
  return <Office session={session} onSignOut={() => leave(null)} onExpired={() => leave(EXPIRED)} />;
}

interface OfficeProps {
  session: StaffSession;
  onSignOut: () => void;
  onExpired: () => void;
}

function Office({ session, onSignOut, onExpired }: OfficeProps) {
  const { path, search } = useAddress();
  const route = routeOf(path);
  const api = useMemo(() => staffApi(session.access_token, onExpired), [session]);
  const uploads = useUploads(api);
  const tabs: { page: Route["page"]; href: string; icon: IconName; word: string }[] = [
    { page: "list", href: "/dashboard", icon: "list", word: "Interactions" },
    ...(mayTalk(session) ? [{ page: "queue", href: QUEUE_PATH, icon: "chat", word: "Conversations" } as const] : []),
    ...(mayUpload(session) ? [{ page: "upload", href: "/dashboard/upload", icon: "upload", word: "Upload" } as const] : []),
    { page: "ledger", href: "/dashboard/ledger", icon: "file", word: "Ledger" },
  ];

  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="bar">
        <Link class="bar-brand" href="/dashboard">
          <img src="/favicon.svg" alt="" width="30" height="30" />
          <span>OmniLex</span>
        </Link>
        <nav class="bar-nav" aria-label="Dashboard">
          {tabs.map(({ page, href, icon, word }) => (
            <Link key={page} href={href} current={route.page === page || PARTS[page] === route.page}>
              <Icon name={icon} /> {word}
            </Link>
          ))}
        </nav>
        <div class="bar-who">
          <span class="bar-name" title={`Roles: ${session.roles.join(", ")}`}>
            {session.username}
          </span>
          <button type="button" class="icon-button" aria-label="Sign out" title="Sign out" onClick={onSignOut}>
            <Icon name="signOut" />
          </button>
        </div>
      </header>
      <main id="main" class="frame">
        {route.page === "list" && <ListPage api={api} search={search} />}
        {route.page === "detail" && <DetailPage key={route.id} api={api} id={route.id} corrects={mayCorrect(session)} />}
        {route.page === "upload" && <UploadPage queue={uploads} />}
        {route.page === "queue" && <QueuePage api={api.conversations} username={session.username} />}
        {route.page === "conversation" && (
          <ConversationPage
            key={route.id}
            api={api.conversations}
            id={route.id}
            username={session.username}
            directs={mayDirect(session)}
          />
        )}
        {route.page === "ledger" && <LedgerPage api={api} search={search} />}
        {route.page === "unknown" && <UnknownPage />}
      </main>
    </>
  );
}

/** The queue outlives its page: an upload goes on while the reader looks elsewhere. */
function useUploads(api: ReturnType<typeof staffApi>): UploadQueue {
  const [, redraw] = useState(0);
  const queue = useMemo(() => new UploadQueue(api, () => redraw((count) => count + 1)), [api]);
  useEffect(() => () => queue.stop(), [queue]);
  return queue;
}

function UnknownPage() {
  return (
    <div class="empty">
      <h1>There is no such page</h1>
      <Link class="button" href="/dashboard">
        To the interactions
      </Link>
    </div>
  );
}
