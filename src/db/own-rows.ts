import { sql } from "kysely";

/** When the installation was last renewed, or null: what is older belongs to another one. */
export const renewedAt = sql`(SELECT max(at) FROM installation_acts WHERE act = 'renew')`;
const border = sql`coalesce(${renewedAt}, '-infinity'::timestamptz)`;

/** Of the row `orders`: it is this installation's own, and no copied one. */
export const isOwnOrder = sql<boolean>`orders.placed_at >= ${border}`;

/**
 * Of the row `payments`: it is this installation's own. A copied one is history: what stands at
 * Stripe for it belongs to the installation that was copied.
 */
export const isOwnPayment = sql<boolean>`payments.created_at >= ${border}`;
