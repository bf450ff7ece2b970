/** Server-sent events read from a fetch: the browser's EventSource cannot send the token in a header. */

export interface ServerEvent {
  name: string;
  data: string;
  /** The last id that was said, with this event or before it. */
  id: string;
}

/** Takes the text of a stream in pieces, cut anywhere, and gives its events (HTML standard, 9.2.6). */
export class EventParser {
  private rest = "";
  private name = "";
  private data: string[] = [];
  private id = "";

  push(piece: string): ServerEvent[] {
    const text = this.rest + piece;
    // A carriage return at the very end may be half of a line's end.
    const whole = text.endsWith("\r") ? text.slice(0, -1) : text;
    const lines = whole.split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? "") + text.slice(whole.length);
    return lines.flatMap((line) => this.line(line));
  }

  private line(line: string): ServerEvent[] {
    if (line === "") return this.dispatched();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.name = value;
    else if (field === "data") this.data.push(value);
    else if (field === "id" && !value.includes("\0")) this.id = value;
    return [];
  }

  private dispatched(): ServerEvent[] {
    const { name, data, id } = this;
    this.name = "";
    this.data = [];
    return data.length ? [{ name: name || "message", data: data.join("\n"), id }] : [];
  }
}
