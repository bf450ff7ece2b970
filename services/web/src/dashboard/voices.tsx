import { useState } from "preact/hooks";
import { Icon } from "../icons";
import { sentence, type StaffApi } from "./api";
import type { Interaction, Role } from "./types";

interface SwapVoicesProps {
  api: StaffApi;
  interaction: Interaction;
  /** Reads the interaction again. */
  onSwapped: () => Promise<void>;
}

/** Puts right a call whose two voices were taken for each other. What a person says holds for later analyses too. */
export function SwapVoices({ api, interaction, onSwapped }: SwapVoicesProps) {
  const [busy, setBusy] = useState(false);
  const [told, setTold] = useState<{ good: boolean; text: string } | null>(null);
  const roles = swapped(interaction);
  if (!roles) return null;

  async function swap(wanted: Record<string, Role>) {
    setBusy(true);
    setTold(null);
    try {
      await api.setRoles(interaction.interaction_id, wanted);
      await onSwapped();
      setTold({ good: true, text: "The voices are swapped. All numbers were worked out again." });
    } catch (error) {
      setTold({ good: false, text: sentence(error) });
    } finally {
      setBusy(false);
    }
  }

  return (
    <div class="swap">
      {told && (
        <p role={told.good ? "status" : "alert"} class={told.good ? "faint" : "swap-trouble"}>
          {told.text}
        </p>
      )}
      <button type="button" class="button quiet small" disabled={busy} onClick={() => swap(roles)}>
        <Icon name="swap" /> {busy ? "Swapping\u2026" : "Swap the two voices"}
      </button>
    </div>
  );
}

/** The roles of a call between two, each with the other's; null where there is nothing to swap. */
export function swapped({ kind, speakers }: Pick<Interaction, "kind" | "speakers">): Record<string, Role> | null {
  const [one, other, ...more] = speakers;
  if (kind !== "call" || !one || !other || more.length || one.role === other.role) return null;
  return { [one.speaker]: other.role, [other.speaker]: one.role };
}
