import { expect, it } from "vitest";
import { failed } from "../src/http";

it("uses the server's sentence for people", () => {
  const body = JSON.stringify({ title: "Not allowed", detail: "Only supervisors may." });
  expect(failed(403, body).message).toBe("Only supervisors may.");
  expect(failed(413, JSON.stringify({ title: "The body is too large" })).message).toBe("The body is too large");
  expect(failed(400, "<html>").message).toBe("The request was not accepted.");
});

it("says how long to wait, and nothing of what broke inside", () => {
  expect(failed(429, "", "7").message).toContain("7 seconds");
  expect(failed(429, "", null).message).toContain("Wait a moment");
  expect(failed(500, JSON.stringify({ detail: "KeyError: 'x'" })).message).not.toContain("KeyError");
});

it("knows which requests may have arrived", () => {
  expect([500, 503, 429, 401].map((status) => failed(status, "").uncertain)).toEqual([true, true, false, false]);
});
