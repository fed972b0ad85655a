import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import { nowAsText } from "../../db/clock.ts";
import type { Db } from "../../db/connect.ts";
import type { Span } from "../../payments/gateway.ts";
import type { BookedKind } from "./list-booked.ts";

const comparisons = {
  /** Looks back further than it ran, since an intent is made before it is paid. */
  hourly_comparison: { overlap: "2 hours", atLeast: "0 s" },
  nightly_comparison: { overlap: "2 hours", atLeast: "48 hours" },
} as const;
export type Comparison = keyof typeof comparisons;
export const comparisonNames = Object.keys(comparisons) as Comparison[];
export const comparedLists = ["intents", "refunds", "disputes"] as const satisfies BookedKind[];

export function isComparison(name: string): name is Comparison {
  return name in comparisons;
}

/** At night fewer customers wait for Stripe: the hour, in UTC. */
const nightlyHour = 3;
/** A night's comparison that failed is not put off to the next night, and is no burden either. */
const againHours = 6;

type ComparisonSettings = Pick<Settings, "COMPARISON_MINUTES" | "COMPARISON_SETTLE_SECONDS">;

/** What is to be looked at of one list; `reached`: everything before was compared. */
export type ListSpan = Span & { reached: Date };

/**
 * The span of time that a comparison is to look at, of each of Stripe's lists: one that could not
 * be read keeps its place, and holds up no other. It ends a while ago: what is younger is on its
 * way between Stripe's books and ours. `at` is PostgreSQL's time before Stripe is asked.
 */
export async function spansOf(
  db: Db,
  settings: ComparisonSettings,
  name: Comparison,
): Promise<{ at: string; spans: Map<BookedKind, ListSpan> }> {
  const { overlap, atLeast } = comparisons[name];
  const { rows } = await sql<ListSpan & { list: BookedKind; at: string }>`
    SELECT list, reached, until, ${nowAsText} AS at,
      least(reached - ${overlap}::interval, until - ${atLeast}::interval) AS since
    FROM stripe_cursors, unnest(${comparedLists}::text[]) AS list, LATERAL (
      SELECT coalesce((findings -> 'reached' ->> list)::timestamptz, position) AS reached,
        now() - make_interval(secs => ${settings.COMPARISON_SETTLE_SECONDS}) AS until
    ) AS places
    WHERE name = ${name}`.execute(db);
  if (!rows[0]) throw new Error(`The row of ${name} is missing: run migrations.`);
  return { at: rows[0].at, spans: new Map(rows.map(({ list, at: _, ...span }) => [list, span])) };
}

/** What came of a comparison: how far each list was compared, and why one was not. */
export type Compared = {
  reached: Map<BookedKind, Date>;
  failures: Map<BookedKind, string>;
  findings: object;
};

/**
 * Books what a comparison found, and when the next one is due. Where a list failed, what the others
 * found counts all the same; `position` is as far as all of them got.
 */
export async function moveComparison(
  db: Db,
  settings: ComparisonSettings,
  name: Comparison,
  { reached, failures, findings }: Compared,
): Promise<void> {
  const next =
    name === "hourly_comparison"
      ? sql`now() + make_interval(secs => ${settings.COMPARISON_MINUTES * 60})`
      : sql`(date_trunc('day', now() AT TIME ZONE 'UTC' - make_interval(hours => ${nightlyHour}))
          + interval '1 day' + make_interval(hours => ${nightlyHour})) AT TIME ZONE 'UTC'`;
  const failed = [...failures].map(([list, reason]) => `${list}: ${reason}`).join("; ") || null;
  const found = {
    ...findings,
    reached: Object.fromEntries(reached),
    failed: Object.fromEntries(failures),
  };
  const position = new Date(Math.min(...[...reached.values()].map((date) => date.getTime())));
  await sql`
    UPDATE stripe_cursors SET version = version + 1, position = greatest(position, ${position}),
      findings = ${JSON.stringify(found)}::jsonb,
      due_at = CASE WHEN ${failed}::text IS NULL THEN ${next}
        ELSE least(${next}, now() + make_interval(hours => ${againHours})) END,
      round = 0, sweeps = 0, last_error = ${failed}
    WHERE name = ${name}`.execute(db);
}

/** Makes both comparisons due at once: the sweeper wakes them within its second. */
export async function compareNow(db: Db): Promise<void> {
  await sql`
    UPDATE stripe_cursors SET due_at = now(), sweeps = 0
    WHERE name = ANY(${comparisonNames}::text[])`.execute(db);
}
