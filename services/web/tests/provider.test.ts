import { afterEach, describe, expect, it, vi } from "vitest";
import { arrival, challenge, departure, isReturn, type SignInWay } from "../src/dashboard/provider";

const WAY: SignInWay = {
  method: "oidc",
  authorize_url: "https://bank.auth.example/oauth2/authorize?lang=en",
  client_id: "dashboard-client",
  scope: "openid",
};
const ORIGIN = "https://bank.example";
const SESSION = { access_token: "t", expires_at: "2030-01-01T00:00:00Z", username: "pat", roles: ["agent"] };

class Memory {
  private kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
  removeItem = (key: string) => void this.kept.delete(key);
}

/** A gateway that takes the code; what it was sent. */
function gateway(): Record<string, string>[] {
  const sent: Record<string, string>[] = [];
  vi.stubGlobal("fetch", (_path: string, options: { body: string }) => {
    sent.push(JSON.parse(options.body) as Record<string, string>);
    return Promise.resolve(new Response(JSON.stringify(SESSION)));
  });
  return sent;
}

afterEach(() => vi.unstubAllGlobals());

describe("leaving for the provider", () => {
  it("makes the challenge as RFC 7636 does (appendix B)", async () => {
    expect(await challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")).toBe(
      "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    );
  });

  it("asks for a code, with a challenge and a state that are new each time", async () => {
    const urls = await Promise.all([1, 2].map(() => departure(WAY, ORIGIN, "/dashboard", new Memory())));
    const [first, second] = urls.map((url) => new URL(url).searchParams);
    expect(urls[0]).toMatch(/^https:\/\/bank\.auth\.example\/oauth2\/authorize\?lang=en&/);
    expect(first?.get("response_type")).toBe("code");
    expect(first?.get("redirect_uri")).toBe("https://bank.example/dashboard");
    expect(first?.get("code_challenge_method")).toBe("S256");
    for (const name of ["state", "code_challenge"]) {
      expect(first?.get(name)).toHaveLength(43);
      expect(first?.get(name)).not.toBe(second?.get(name));
    }
  });

  it("says so where a page may not compute a digest", async () => {
    vi.stubGlobal("crypto", {});
    await expect(departure(WAY, ORIGIN, "/dashboard", new Memory())).rejects.toThrow("https");
  });

  it("says so where nobody told it where to go", async () => {
    await expect(departure({ ...WAY, authorize_url: null }, ORIGIN, "/", new Memory())).rejects.toThrow("where staff");
  });
});

describe("coming back", () => {
  it("is known by its address", () => {
    expect(isReturn("/dashboard", "?code=c&state=s")).toBe(true);
    expect(isReturn("/dashboard", "?error=access_denied&state=s")).toBe(true);
    expect(isReturn("/dashboard", "?sort=caller_average")).toBe(false);
    expect(isReturn("/dashboard/ledger", "?code=c&state=s")).toBe(false);
  });

  it("exchanges the code with the verifier of this tab, once", async () => {
    const memory = new Memory();
    const sent = gateway();
    const gone = new URL(await departure(WAY, ORIGIN, "/dashboard/ledger?fate=failed", memory)).searchParams;
    const search = `?code=c-1&state=${gone.get("state")}`;
    expect(await arrival(search, ORIGIN, memory)).toEqual({ session: SESSION, back: "/dashboard/ledger?fate=failed" });
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ code: "c-1", redirect_uri: "https://bank.example/dashboard" });
    expect(await challenge(sent[0]?.["verifier"] ?? "")).toBe(gone.get("code_challenge"));
    await expect(arrival(search, ORIGIN, memory)).rejects.toThrow("another tab");
  });

  it("sends nothing for a state that is not this tab's", async () => {
    const memory = new Memory();
    const sent = gateway();
    await departure(WAY, ORIGIN, "/dashboard", memory);
    await expect(arrival("?code=c-1&state=forged", ORIGIN, memory)).rejects.toThrow("another tab");
    await expect(arrival("?code=c-1&state=", ORIGIN, new Memory())).rejects.toThrow("another tab");
    expect(sent).toEqual([]);
  });

  it("says that the provider refused", async () => {
    const memory = new Memory();
    const sent = gateway();
    const state = new URL(await departure(WAY, ORIGIN, "/dashboard", memory)).searchParams.get("state");
    await expect(arrival(`?error=access_denied&state=${state}`, ORIGIN, memory)).rejects.toThrow("not signed in");
    expect(sent).toEqual([]);
  });
});
