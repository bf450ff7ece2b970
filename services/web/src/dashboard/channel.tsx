import { Icon, type IconName } from "../icons";
import { CHANNELS } from "./format";
import type { Channel } from "./types";

const ICONS: Record<Channel, IconName> = {
  call: "call",
  voice: "call",
  connect: "call",
  sms: "sms",
  web: "chat",
  slack: "chat",
  chat: "chat",
};

export function ChannelMark({ channel }: { channel: Channel }) {
  return (
    <span class="channel">
      <Icon name={ICONS[channel] ?? "chat"} /> {CHANNELS[channel] ?? channel}
    </span>
  );
}
