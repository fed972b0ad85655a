import { sql } from "kysely";
import { comparisonNames } from "../orders/comparison/comparison-cursors.ts";
import type { Invariant, Limits } from "./invariant.ts";

/** However impatient the asker: what is tried again each hour must have had its chance. */
const breakSeconds = 2 * 3_600;

/** A night, and the tries after one that failed. */
const comparisonHours = 36;

/** What must be true of what we have at Stripe. */
export function atStripe({ patienceSeconds }: Limits): Invariant[] {
  return [
    {
      name: "stripe_writes_are_allowed",
      promise: "The database and the keys are those that the installation was stamped for.",
      looked: sql`
        SELECT id AS installation, stamped_at, stopped_because,
          stopped_because IS NOT NULL AS broken
        FROM installation`,
    },
    {
      name: "no_break_stays_open",
      promise: "Where Stripe's books and ours differed, it was soon settled.",
      looked: sql`
        SELECT id AS break_id, object_id, fault, order_id, found_at, last_error,
          status = 'open' AND found_at <= now() - make_interval(
            secs => ${Math.max(patienceSeconds, breakSeconds)}) AS broken
        FROM breaks`,
    },
    {
      name: "comparisons_come_through",
      promise: "All of Stripe's lists were compared with our books, not long ago.",
      looked: sql`
        SELECT name, position AS compared_until, last_error, findings -> 'failed' AS failed,
          position <= now() - make_interval(hours => ${comparisonHours}) AS broken
        FROM stripe_cursors WHERE name = ANY(${comparisonNames}::text[])`,
    },
  ];
}
