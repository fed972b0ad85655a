import { sql } from "kysely";
import { beforeEach } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { recipientOf } from "../../../src/notifications/staff/recipients.ts";
import type { OnCallLetter } from "../../../src/notifications/staff/staff-messages.ts";
import { lookWhenDue, type WatchMeans } from "../../../src/ops/on-call/watch-problems.ts";
import { flag } from "../../../src/orders/attention.ts";
import { settleOrder } from "../../../src/orders/operators/settle-order.ts";
import { ordersAt } from "../../orders/operators/orders-in.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { useQueues } from "../../workers/queue-desk.ts";

export const onCall = { to: ["oncall@shop.example", "+447700900999"], afterMinutes: 10 };

/** Problems that come and go by hand, minutes that pass at once, and what is told of them. */
export function useWatch() {
  const desk = useRefundDesk();
  const queues = useQueues();
  const { orderAt } = ordersAt(desk);

  const means = (): WatchMeans => {
    const { hints, log } = queues;
    return { db: desk.db, settings: desk.settings, hints, log, onCall };
  };

  /** A round at this moment, whoever looked before. */
  async function look(): Promise<void> {
    await sql`UPDATE alarm_rounds SET due_at = now()`.execute(desk.db);
    if (!(await lookWhenDue(means()))) throw new Error("The round was not due.");
  }

  /** So many minutes go by: for the alarms, and since the last letter. */
  async function pass(minutes: number): Promise<void> {
    const by = sql`make_interval(mins => ${minutes})`;
    await sql`UPDATE alarms SET due_at = due_at - ${by}, raised_at = raised_at - ${by}`.execute(
      desk.db,
    );
    await sql`UPDATE notifications SET created_at = created_at - ${by}
      WHERE template = 'on_call'`.execute(desk.db);
  }

  /** What those on call were written, the oldest first, by one of the ways. */
  async function letters(to = onCall.to[0] ?? ""): Promise<OnCallLetter[]> {
    const rows = await desk.db
      .selectFrom("notifications")
      .select("letter")
      .where("template", "=", "on_call")
      .where("recipient", "=", recipientOf(to))
      .orderBy("created_at")
      .execute();
    return rows.map(({ letter }) => letter as unknown as OnCallLetter);
  }

  async function problem(): Promise<{ orderId: string; number: string }> {
    const { orderId } = await orderAt("paid");
    await sql`UPDATE notifications SET status = 'sent', sent_at = now(), due_at = NULL
      WHERE due_at IS NOT NULL AND recipient = 'customer'`.execute(desk.db);
    await inTransaction(desk.db, (trx) =>
      flag(trx, [{ orderId, code: "customer_called" }], "test"),
    );
    const { number } = await desk.db
      .selectFrom("orders")
      .select("number")
      .where("id", "=", orderId)
      .executeTakeFirstOrThrow();
    return { orderId, number };
  }

  const settle = (orderId: string) =>
    inTransaction(desk.db, (trx) => settleOrder(trx, { orderId, actor: "ops:ann" }));

  beforeEach(async () => {
    await sql`DELETE FROM alarms`.execute(desk.db);
    await sql`DELETE FROM notifications WHERE template = 'on_call'`.execute(desk.db);
    await sql`UPDATE orders SET attention = NULL, settled_at = now()`.execute(desk.db);
    await sql`UPDATE stripe_cursors SET position = now(), due_at = now()`.execute(desk.db);
    await sql`INSERT INTO heartbeats (instance, role) VALUES ('s', 'sweeper')
      ON CONFLICT (instance) DO UPDATE SET at = now()`.execute(desk.db);
  });

  return { desk, queues, means, look, pass, letters, problem, settle };
}
