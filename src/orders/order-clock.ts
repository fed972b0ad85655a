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
      return heldFor(settings);
    case "paid":
    case "fulfilling":
    case "completed":
    case "rejected":
    case "expired":
    case "cancelled":
      return { expiresAt: sql`NULL::timestamptz`, dueAt: sql`NULL::timestamptz` };
  }
}

/** An order that was edited holds goods already: not longer in all than any other may. */
function heldFor(settings: Settings): Clock {
  const most = settings.HOLD_MAX_MINUTES * 60;
  const expiresAt = sql<Date>`least(${inMinutes(settings.HOLD_MINUTES)},
    orders.held_at + make_interval(secs => ${most}))`;
  return { expiresAt, dueAt: dueAfter(expiresAt, settings) };
}

/** The delayed job of a bucket rings at its end; the sweeper is its understudy, a lease later. */
export function dueAfter(
  expiresAt: RawBuilder<unknown>,
  settings: Pick<Settings, "EXPIRY_BUCKET_SECONDS" | "LEASE_SECONDS">,
): RawBuilder<Date> {
  const size = settings.EXPIRY_BUCKET_SECONDS;
  return sql`to_timestamp(ceil(
    extract(epoch FROM ${expiresAt}) / ${size}
  ) * ${size}) + make_interval(secs => ${settings.LEASE_SECONDS})`;
}

function inMinutes(minutes: number): RawBuilder<Date> {
  return sql`now() + make_interval(secs => ${minutes * 60})`;
}
