import { sql } from "kysely";
import type { Settings } from "../config.ts";
import { nowAsText } from "../db/clock.ts";
import type { Db } from "../db/connect.ts";
import type { Span } from "../payments/gateway.ts";

const comparisons = {
  /** Looks back further than it ran, since an intent is made before it is paid. */
  hourly_comparison: { overlap: "2 hours", atLeast: "0 s" },
  nightly_comparison: { overlap: "2 hours", atLeast: "48 hours" },
} as const;
export type Comparison = keyof typeof comparisons;
export const comparisonNames = Object.keys(comparisons) as Comparison[];

export function isComparison(name: string): name is Comparison {
  return name in comparisons;
}

/** At night fewer customers wait for Stripe: the hour, in UTC. */
const nightlyHour = 3;

type ComparisonSettings = Pick<Settings, "COMPARISON_MINUTES" | "COMPARISON_SETTLE_SECONDS">;

/**
 * The span of time that a comparison is to look at. It ends a while ago: what is younger is on
 * its way between Stripe's books and ours. `at` is PostgreSQL's time before Stripe is asked.
 */
export async function spanOf(
  db: Db,
  settings: ComparisonSettings,
  name: Comparison,
): Promise<Span & { at: string }> {
  const { overlap, atLeast } = comparisons[name];
  const { rows } = await sql<Span & { at: string }>`
    SELECT least(position - ${overlap}::interval, until - ${atLeast}::interval) AS since, until,
      ${nowAsText} AS at
    FROM stripe_cursors, LATERAL (
      SELECT now() - make_interval(secs => ${settings.COMPARISON_SETTLE_SECONDS}) AS until
    ) AS ending
    WHERE name = ${name}`.execute(db);
  if (!rows[0]) throw new Error(`The row of ${name} is missing: run migrations.`);
  return rows[0];
}

/** Books what a comparison found, and when the next one is due. */
export async function moveComparison(
  db: Db,
  settings: ComparisonSettings,
  name: Comparison,
  until: Date,
  findings: object,
): Promise<void> {
  const next =
    name === "hourly_comparison"
      ? sql`now() + make_interval(secs => ${settings.COMPARISON_MINUTES * 60})`
      : sql`(date_trunc('day', now() AT TIME ZONE 'UTC' - make_interval(hours => ${nightlyHour}))
          + interval '1 day' + make_interval(hours => ${nightlyHour})) AT TIME ZONE 'UTC'`;
  await sql`
    UPDATE stripe_cursors SET version = version + 1, position = greatest(position, ${until}),
      findings = ${JSON.stringify(findings)}::jsonb, due_at = ${next},
      round = 0, sweeps = 0, last_error = NULL
    WHERE name = ${name}`.execute(db);
}

/** Makes both comparisons due at once: the sweeper wakes them within its second. */
export async function compareNow(db: Db): Promise<void> {
  await sql`
    UPDATE stripe_cursors SET due_at = now(), sweeps = 0
    WHERE name = ANY(${comparisonNames}::text[])`.execute(db);
}
