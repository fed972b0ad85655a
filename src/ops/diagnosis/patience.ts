import { type RawBuilder, sql } from "kysely";
import type { Settings } from "../../config.ts";

/**
 * For how long what heals by itself is waited for, in seconds. A lease is 6 s, a quick retry less
 * than one: within a minute everything has had several chances.
 */
export const healsWithin = 60;

/** Stripe is seldom away for longer than this; then customers notice. */
export const stripeAwayWithin = 120;

/** A receiver is deployed, or restarted, within a few minutes. */
export const endpointDownWithin = 600;

/** A mail that comes half an hour late is asked for by telephone. */
export const messageWithin = 1_800;

/** A refund is asked for at once. Once Stripe has it, a bank may take ten working days. */
export const refundAskedWithin = 600;
export const refundArrivesWithin = 14 * 24 * 3_600;

/** Rounds that an invariant may miss, and how long the longest of them may take. */
const roundsMissed = 3;
const longestRound = 600;
/** Since when each should have been checked: rounds that take long are far apart. */
export const invariantsCheckedSince = ({
  INVARIANT_MINUTES: minutes,
}: Pick<Settings, "INVARIANT_MINUTES">): RawBuilder<Date> => sql`
  (SELECT now() - make_interval(secs =>
    ${roundsMissed} * greatest(${minutes * 60}, rest_seconds) + ${longestRound})
  FROM invariant_rounds)`;

/** What the comparison of the books could not settle in two of its hourly tries. */
export const breakSettledWithin = 2 * 3_600;
