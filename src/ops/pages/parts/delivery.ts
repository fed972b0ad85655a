import type { Delivery } from "../../../notifications/lifecycle.ts";
import type { Html } from "../html.ts";
import { badge, type Tone } from "./badge.ts";

/** What became of a message after it left, in a word. */
const words: Record<Delivery, { tone: Tone; text: string }> = {
  accepted: { tone: "busy", text: "on its way" },
  deferred: { tone: "busy", text: "deferred" },
  delivered: { tone: "good", text: "delivered" },
  undelivered: { tone: "bad", text: "not delivered" },
  dropped: { tone: "bad", text: "dropped by the supplier" },
  bounced: { tone: "bad", text: "came back" },
  reported_as_spam: { tone: "bad", text: "called spam" },
};

/** Nothing where the supplier has told nothing yet. */
export function deliveryBadge(delivery: Delivery | null): Html | string {
  if (delivery === null) return "";
  const { tone, text } = words[delivery];
  return badge(tone, text);
}
