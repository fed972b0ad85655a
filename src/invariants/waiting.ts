import { type RawBuilder, sql } from "kysely";
import { messageClocks, messageStatuses } from "../notifications/lifecycle.ts";
import { clocks } from "../orders/lifecycle.ts";
import {
  breakClocks,
  disputeClocks,
  eventClocks,
  paymentClocks,
  refundClocks,
} from "../payments/lifecycle.ts";
import { deliveryClocks, endpointClocks } from "../webhooks/lifecycle.ts";
import type { Invariant, Limits } from "./invariant.ts";

/** Messages that are still to be sent, or may be. */
export const unsentStatuses = messageStatuses.filter((status) => messageClocks[status] !== "rests");

/** The statuses in which a row waits, by its table. */
const waitsIn: Record<string, readonly string[]> = {
  orders: waitingBy(clocks),
  payments: waitingBy(paymentClocks),
  refunds: waitingBy(refundClocks),
  disputes: waitingBy(disputeClocks),
  webhook_events: waitingBy(eventClocks),
  breaks: waitingBy(breakClocks),
  notifications: unsentStatuses,
  webhook_endpoints: waitingBy(endpointClocks),
  webhook_deliveries: waitingBy(deliveryClocks),
};

/** The cursor is due every few seconds, for ever: it is late only when nobody works it. */
const cursorSeconds = 30;

/** What must be true of everything that waits for somebody. */
export function waiting({ patienceSeconds }: Limits): Invariant[] {
  return [
    {
      name: "whatever_waits_has_a_clock",
      promise: "A row that waits says when it is due, and one that rests does not.",
      looked: inEveryTable(
        (statuses) => sql`(status = ANY(${statuses}::text[])) <> (due_at IS NOT NULL)`,
      ),
    },
    {
      name: "nothing_is_overdue",
      promise: "Whatever is due is soon taken up by somebody.",
      looked: sql`${inEveryTable(() => overdue(patienceSeconds))} UNION ALL
        SELECT 'stripe_cursors', name, 'waiting', due_at, round, last_error,
          ${overdue(Math.max(patienceSeconds, cursorSeconds))} FROM stripe_cursors`,
    },
  ];
}

function waitingBy(clocks: Record<string, "rests" | object>): string[] {
  return Object.keys(clocks).filter((status) => clocks[status] !== "rests");
}

function overdue(seconds: number): RawBuilder<unknown> {
  return sql`coalesce(due_at < now() - make_interval(secs => ${seconds}), false)`;
}

function inEveryTable(
  broken: (statuses: readonly string[]) => RawBuilder<unknown>,
): RawBuilder<unknown> {
  const looks = Object.entries(waitsIn).map(
    ([table, statuses]) => sql`
      SELECT ${table}::text AS "table", id::text, status, due_at, round, last_error,
        ${broken(statuses)} AS broken
      FROM ${sql.table(table)}`,
  );
  return sql.join(looks, sql` UNION ALL `);
}
