import { expect, it } from "vitest";
import { EventParser } from "../src/chat/event-stream";

const STREAM = 'retry: 2000\n\nevent: message\nid: 7\ndata: {"a": 1}\n\n: nothing new\n\nevent: typing\ndata: {"by": null}\n\n';
const EVENTS = [
  { name: "message", data: '{"a": 1}', id: "7" },
  { name: "typing", data: '{"by": null}', id: "7" },
];

it("reads events, however the stream is cut", () => {
  for (let size = 1; size <= STREAM.length; size++) {
    const parser = new EventParser();
    const found = [];
    for (let at = 0; at < STREAM.length; at += size) found.push(...parser.push(STREAM.slice(at, at + size)));
    expect(found).toEqual(EVENTS);
  }
});

it("takes every kind of line end, cut in the middle or not", () => {
  for (const end of ["\n", "\r\n", "\r"]) {
    const stream = `${STREAM.replaceAll("\n", end)}:${end}`;
    for (const size of [1, 2, 3, 1000]) {
      const parser = new EventParser();
      const found = [];
      for (let at = 0; at < stream.length; at += size) found.push(...parser.push(stream.slice(at, at + size)));
      expect(found).toEqual(EVENTS);
    }
  }
});

it("joins lines of data, takes off one space, and gives nothing for half an event", () => {
  const parser = new EventParser();
  expect(parser.push("data:  a\ndata:b\n\n")).toEqual([{ name: "message", data: " a\nb", id: "" }]);
  expect(parser.push("event: x\n\n")).toEqual([]);
  expect(parser.push("data: lost")).toEqual([]);
});
