import { describe, expect, it } from "vitest";
import { DEFAULT_QUERY, isFiltered, readQuery, serverQuery, sortedBy, writeQuery } from "../src/dashboard/query";

describe("the address bar", () => {
  it("holds what differs from the default and gives it back", () => {
    const query = { ...DEFAULT_QUERY, sort: "duration" as const, channel: "sms", from: "2026-03-01" };
    expect(writeQuery(DEFAULT_QUERY)).toBe("");
    expect(writeQuery(query)).toBe("?sort=duration&channel=sms&from=2026-03-01");
    expect(readQuery(writeQuery(query))).toEqual(query);
    expect([isFiltered(DEFAULT_QUERY), isFiltered(query)]).toEqual([false, true]);
  });

  it("is not trusted", () => {
    const search = "?sort=password&order=up&channel=fax&sentiment=happy&from=yesterday&to=2026-99-99";
    expect(readQuery(search)).toEqual(DEFAULT_QUERY);
  });
});

describe("the server's query", () => {
  it("has whole days of the viewer: the end is the start of the day after", () => {
    const values = new URLSearchParams(serverQuery({ ...DEFAULT_QUERY, from: "2026-02-28", to: "2026-02-28" }, 50, "c"));
    const from = new Date(values.get("from") ?? "");
    const to = new Date(values.get("to") ?? "");
    expect([from.getDate(), from.getHours(), to.getMonth(), to.getDate(), to.getHours()]).toEqual([28, 0, 2, 1, 0]);
    expect([values.get("limit"), values.get("cursor"), values.has("channel")]).toEqual(["50", "c", false]);
  });
});

describe("a click on a heading", () => {
  it("sorts by it, and turns the order round the second time", () => {
    const once = sortedBy(DEFAULT_QUERY, "caller_average");
    expect([once.sort, once.order]).toEqual(["caller_average", "desc"]);
    expect(sortedBy(once, "caller_average").order).toBe("asc");
    expect(sortedBy(once, "channel").order).toBe("asc");
  });
});
