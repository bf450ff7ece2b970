import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../icons";
import { sentence, type StaffApi } from "./api";
import { plural } from "./format";
import type { Interaction, Recording } from "./types";

/**
 * The recording, fetched when somebody wants to hear it: an audio element cannot send the token, so it plays from
 * memory what was fetched with it.
 */
export function Player({ api, interaction }: { api: StaffApi; interaction: Interaction }) {
  const { recording, interaction_id: id } = interaction;
  const [address, setAddress] = useState<string | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [loading, setLoading] = useState(false);
  const control = useRef<AbortController | null>(null);

  useEffect(() => () => control.current?.abort(), []);
  useEffect(() => () => (address ? URL.revokeObjectURL(address) : undefined), [address]);

  async function listen() {
    const own = new AbortController();
    control.current = own;
    setTrouble(null);
    setLoading(true);
    try {
      const sound = await api.recording(id, own.signal);
      if (!own.signal.aborted) setAddress(URL.createObjectURL(sound));
    } catch (error) {
      if (!own.signal.aborted) setTrouble(sentence(error));
    } finally {
      if (!own.signal.aborted) setLoading(false);
    }
  }

  if (!recording) return null;
  return (
    <section class="panel player" aria-labelledby="player-heading">
      <h2 id="player-heading">Recording</h2>
      {address ? (
        <audio controls autoplay src={address} aria-label="Recording of the call" />
      ) : (
        <button type="button" class="button" onClick={listen} disabled={loading}>
          {loading ? "Loading\u2026" : "Listen"}
        </button>
      )}
      {trouble && (
        <p class="notice warn" role="alert">
          <Icon name="alert" /> <span>{trouble}</span>
        </p>
      )}
      {copyNote(recording) && <p class="faint">{copyNote(recording)}</p>}
    </section>
  );
}

/** Why what is heard is not the original; null when it is. */
export function copyNote({ copied, silenced }: Recording): string | null {
  if (copied === "redacted") return `Personal data is silenced in ${plural(silenced.length, "place")}.`;
  return copied === "not_playable" ? "A copy: browsers do not play the original." : null;
}
