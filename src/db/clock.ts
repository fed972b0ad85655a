import { type Expression, type RawBuilder, sql } from "kysely";
import type { Settings } from "../config.ts";

/**
 * A moment of PostgreSQL's clock as text, exact to the microsecond, such that the later of two
 * is the greater string. JavaScript's Date would cut it to the millisecond, and an event that
 * came within that millisecond would be taken for seen or unseen by chance.
 */
export function asText(moment: Expression<unknown>): RawBuilder<string> {
  return sql<string>`to_char(${moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** Now, as text. Taken before a request to Stripe, it bounds what the answer can know. */
export const nowAsText = asText(sql`clock_timestamp()`);

/** A commit that sends a hint leaves it this long to be worked before the sweeper looks. */
export function leased(settings: Pick<Settings, "LEASE_SECONDS">): RawBuilder<Date> {
  return sql`now() + make_interval(secs => ${settings.LEASE_SECONDS})`;
}
