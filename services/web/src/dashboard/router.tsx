/** Client-side routes: the address bar is the only state. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

export type Route =
  | { page: "list" }
  | { page: "detail"; id: string }
  | { page: "upload" }
  | { page: "ledger" }
  | { page: "queue" }
  | { page: "conversation"; id: string }
  | { page: "unknown" };

export function routeOf(path: string): Route {
  const [, , section, id, ...rest] = path.replace(/\/+$/, "").split("/");
  if (!section) return { page: "list" };
  if (section === "interactions" && id && !rest.length) return { page: "detail", id: decode(id) };
  if (section === "upload" && !id) return { page: "upload" };
  if (section === "ledger" && !id) return { page: "ledger" };
  if (section === "conversations" && !id) return { page: "queue" };
  if (section === "conversations" && id && /^[a-z]{26}$/.test(id) && !rest.length) return { page: "conversation", id };
  return { page: "unknown" };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function detailPath(id: string): string {
  return `/dashboard/interactions/${encodeURIComponent(id)}`;
}

export const QUEUE_PATH = "/dashboard/conversations";

export function conversationPath(id: string): string {
  return `${QUEUE_PATH}/${id}`;
}

const MOVED = "omnilex:moved";

export function navigate(url: string, { replace = false } = {}): void {
  history[replace ? "replaceState" : "pushState"](null, "", url);
  dispatchEvent(new Event(MOVED));
  if (!replace) scrollTo(0, 0);
}

export function useAddress(): { path: string; search: string } {
  const [address, setAddress] = useState(read);
  useEffect(() => {
    const update = () => setAddress(read());
    addEventListener("popstate", update);
    addEventListener(MOVED, update);
    return () => {
      removeEventListener("popstate", update);
      removeEventListener(MOVED, update);
    };
  }, []);
  return address;
}

function read() {
  return { path: location.pathname, search: location.search };
}

interface LinkProps {
  href: string;
  class?: string;
  current?: boolean;
  children: ComponentChildren;
}

export function Link({ href, class: className, current, children }: LinkProps) {
  function go(event: MouseEvent) {
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    navigate(href);
  }
  return (
    <a href={href} class={className} aria-current={current ? "page" : undefined} onClick={go}>
      {children}
    </a>
  );
}
