import { sql } from "kysely";
import { Refused } from "../../errors.ts";

/** Of the row `payments`: the dispute that keeps its money from going back, or null. */
export const disputeColumn = sql<"open" | "lost" | null>`(
  SELECT status FROM disputes
  WHERE payment_id = payments.id AND status IN ('open', 'lost')
  ORDER BY status = 'open' DESC LIMIT 1
)`;

/** Why the money of a disputed payment is not ours to return; null where nothing is disputed. */
export function refuseDisputed(dispute: "open" | "lost" | null): Refused | null {
  if (dispute === null) return null;
  return dispute === "open"
    ? new Refused(
        "dispute_open",
        "The customer's bank disputes this payment: a refund would pay it twice.",
      )
    : new Refused("dispute_lost", "The customer's bank has taken this payment back already.");
}
