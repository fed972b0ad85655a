import type { DeliveryFact } from "../../facts/delivery-facts.ts";
import type { OrderFacts } from "../../facts/facts.ts";
import { html } from "../html.ts";
import { statusBadge } from "../parts/badge.ts";
import { asTitle } from "../parts/words.ts";
import type { Entry } from "./timeline-entry.ts";

/** What arrived stands beside the order: here is what did not, and what was told again. */
export function deliveryEntry({ events }: OrderFacts, delivery: DeliveryFact): Entry[] {
  const { id, host, seq, kind, status, tries, reason, createdAt, claimedAt, endedAt } = delivery;
  const isPlain = kind === "event" && (reason === null || status === "delivered");
  if (isPlain && status !== "failed") return [];
  const event = events.find((each) => each.seq === seq)?.event ?? `event ${seq}`;
  return [
    {
      id: `told-${id}`,
      at: endedAt ?? claimedAt ?? createdAt,
      tone: status === "delivered" ? "plain" : status === "failed" ? "bad" : "busy",
      kind: "Webhook out",
      title: html`${asTitle(event)} to ${host}`,
      badge: statusBadge(status),
      notes: [
        kind === "replay" ? "told again by an operator" : null,
        reason,
        tries > 1 ? `tried ${tries} times` : null,
      ],
      offer:
        status === "failed"
          ? { act: "replay_delivery", title: "Tell again", input: { deliveryId: id } }
          : null,
    },
  ];
}
