/** Who is signed in. The token lives in memory and in the tab's storage, so a reload keeps it and a new tab asks. */

import { call } from "../http";

export interface StaffSession {
  access_token: string;
  expires_at: string;
  username: string;
  roles: string[];
}

const KEY = "omnilex.staff";

export function storedSession(now = Date.now()): StaffSession | null {
  try {
    const session = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as StaffSession | null;
    return session && Date.parse(session.expires_at) > now ? session : null;
  } catch {
    return null;
  }
}

export function keepSession(session: StaffSession | null): void {
  if (session) sessionStorage.setItem(KEY, JSON.stringify(session));
  else sessionStorage.removeItem(KEY);
}

export function signIn(username: string, password: string): Promise<StaffSession> {
  return call("/api/v1/auth/login", { method: "POST", json: { username, password } });
}

/** Those who talk with customers. */
export function mayTalk(session: StaffSession): boolean {
  return session.roles.some((role) => role !== "analyst");
}

/** Those who may give back a conversation that a colleague has. */
export function mayDirect(session: StaffSession): boolean {
  return session.roles.some((role) => role === "supervisor" || role === "admin");
}

/** Those who may put right who is who in an interaction. */
export function mayCorrect(session: StaffSession): boolean {
  return mayUpload(session);
}

export function mayUpload(session: StaffSession): boolean {
  return session.roles.some((role) => role !== "agent");
}
