import { expect, it } from "vitest";
import { detailPath, routeOf } from "../src/dashboard/router";

it("knows the pages", () => {
  expect(["/dashboard", "/dashboard/", "/dashboard/upload", "/dashboard/ledger"].map((path) => routeOf(path).page)).toEqual(
    ["list", "list", "upload", "ledger"],
  );
  expect(routeOf("/dashboard/other").page).toBe("unknown");
  expect(routeOf("/dashboard/interactions/a/b").page).toBe("unknown");
});

it("finds an interaction again, whatever is in its id", () => {
  for (const id of ["I-1", "a/b c?d", "100%"]) expect(routeOf(detailPath(id))).toEqual({ page: "detail", id });
  expect(routeOf("/dashboard/interactions/100%")).toEqual({ page: "detail", id: "100%" });
});
