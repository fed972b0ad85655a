import { type RawBuilder, sql } from "kysely";
import type { Settings } from "../config.ts";
import { leased } from "../db/clock.ts";
import type { OrderStatus } from "./lifecycle.ts";

type Clock = { expiresAt: RawBuilder<Date | null>; dueAt: RawBuilder<Date | null> };

/** What the clock says for an order that enters a status; PostgreSQL's own time decides. */
export function clockFor(status: OrderStatus, settings: Settings): Clock {
  switch (status) {
    case "draft":
      return {
        expiresAt: inMinutes(settings.DRAFT_MINUTES),
        dueAt: inMinutes(settings.DRAFT_MINUTES),
      };
    case "reserving":
      return { expiresAt: inMinutes(settings.DRAFT_MINUTES), dueAt: leased(settings) };
    case "awaiting_payment":
      return { expiresAt: inMinutes(settings.HOLD_MINUTES), dueAt: afterBucket(settings) };
    case "paid":
    case "rejected":
    case "expired":
    case "cancelled":
      return { expiresAt: sql`NULL::timestamptz`, dueAt: sql`NULL::timestamptz` };
  }
}

/** The delayed job of a bucket rings at its end; the sweeper is its understudy, a lease later. */
function afterBucket(settings: Settings): RawBuilder<Date> {
  const size = settings.EXPIRY_BUCKET_SECONDS;
  return sql`to_timestamp(ceil(
    extract(epoch FROM now() + make_interval(secs => ${settings.HOLD_MINUTES * 60})) / ${size}
  ) * ${size}) + make_interval(secs => ${settings.LEASE_SECONDS})`;
}

function inMinutes(minutes: number): RawBuilder<Date> {
  return sql`now() + make_interval(secs => ${minutes * 60})`;
}
