/** Sign-in at the bank's identity provider: out to its page and back with a code (RFC 6749 §4.1, PKCE of RFC 7636). */

import { call } from "../http";
import type { StaffSession } from "./session";

export interface SignInWay {
  method: "password" | "oidc";
  authorize_url: string | null;
  client_id: string | null;
  scope: string | null;
}

/** What this tab remembers while the person is at the provider. */
interface Departure {
  state: string;
  verifier: string;
  back: string;
}

type Memory = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export interface Arrival {
  session: StaffSession;
  back: string;
}

const KEY = "omnilex.sign-in";
const CALLBACK = "/dashboard";

export class NotSignedIn extends Error {}

export function signInWay(): Promise<SignInWay> {
  return call("/api/v1/auth/way");
}

/** Where to send the browser. Throws NotSignedIn where a page may not compute a digest: outside of https. */
export async function departure(way: SignInWay, origin: string, back: string, memory: Memory): Promise<string> {
  if (!globalThis.crypto?.subtle) throw new NotSignedIn("Signing in needs a secure address (https).");
  if (!way.authorize_url || !way.client_id) throw new NotSignedIn("The dashboard is not told where staff sign in.");
  const left: Departure = { state: drawn(), verifier: drawn(), back };
  memory.setItem(KEY, JSON.stringify(left));
  const url = new URL(way.authorize_url);
  const asked = {
    response_type: "code",
    client_id: way.client_id,
    redirect_uri: origin + CALLBACK,
    scope: way.scope ?? "openid",
    state: left.state,
    code_challenge: await challenge(left.verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  return url.href;
}

/** Whether the address is one that the provider leads back to. */
export function isReturn(path: string, search: string): boolean {
  const told = new URLSearchParams(search);
  return path === CALLBACK && told.has("state") && (told.has("code") || told.has("error"));
}

/** The session for what the provider led back with, once. Throws NotSignedIn, or CallFailed as the gateway refuses. */
export async function arrival(search: string, origin: string, memory: Memory): Promise<Arrival> {
  const told = new URLSearchParams(search);
  const left = remembered(memory);
  memory.removeItem(KEY);
  if (!left || told.get("state") !== left.state) {
    throw new NotSignedIn("This sign-in was begun in another tab, or long ago. Please sign in again.");
  }
  const code = told.get("code");
  if (!code) throw new NotSignedIn("You were not signed in.");
  const json = { code, verifier: left.verifier, redirect_uri: origin + CALLBACK };
  return { session: await call("/api/v1/auth/code", { method: "POST", json }), back: left.back };
}

export async function challenge(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(digest));
}

function remembered(memory: Memory): Departure | null {
  try {
    return JSON.parse(memory.getItem(KEY) ?? "null") as Departure | null;
  } catch {
    return null;
  }
}

function drawn(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
