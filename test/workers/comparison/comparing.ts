import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type Stripe from "stripe";
import { nowAsText } from "../../../src/db/clock.ts";
import type { Comparison } from "../../../src/orders/comparison/comparison-cursors.ts";
import { intentDoor } from "../../../src/orders/paying/apply-intent.ts";
import type { Intent } from "../../../src/payments/intent.ts";
import { compareBooks } from "../../../src/workers/comparison/compare-books.ts";
import { settleBreak } from "../../../src/workers/comparison/settle-break.ts";
import { syncs } from "../../../src/workers/sync.ts";
import { waitFor } from "../../support/wait-for.ts";
import { awaitingPayment, intentFor, type Paying, payingMeans } from "../paying.ts";
import type { QueueDesk } from "../queue-desk.ts";

/** What lets a test compare everything that is older than this very second. */
export const atOnce = { COMPARISON_SETTLE_SECONDS: 0.001 };

export type Findings = Record<string, number>;

/** Our books beside a Stripe stand-in of this test's own, and both jobs that compare them. */
export async function comparingMeans(desk: QueueDesk) {
  const means = await payingMeans(desk);
  const { db, standIns } = means;
  const all = { ...means, syncs: syncs(means) };
  const job = { signal: new AbortController().signal };
  const apply = intentDoor(means);

  return {
    ...all,
    job,
    pay: (intent: Pick<Intent, "id">) => standIns.tell(`/stripe/intents/${intent.id}/pay`),
    /** Stripe's stand-in answers so to a route, so often or until it is healed. */
    fail: (route: string, status: number, more: object = {}) =>
      standIns.tell("/faults", { service: "stripe", kind: "status", route, status, ...more }),
    heal: () => fetch(`${standIns.url}/_sandbox/faults`, { method: "DELETE" }),
    cursor: (name: Comparison = "hourly_comparison") => cursorOf(desk, name),
    /** An intent at Stripe for the order, as ours, whose answer we never got. */
    async lost(sku: string): Promise<{ paying: Paying; intent: Intent }> {
      const paying = await awaitingPayment(desk, sku);
      return { paying, intent: await intentFor(means, paying) };
    },
    /** The same, with the answer saved: the order can be paid. */
    async payable(sku: string): Promise<{ paying: Paying; intent: Intent }> {
      const paying = await awaitingPayment(desk, sku);
      const intent = await intentFor(means, paying);
      const { rows } = await sql<{ at: string }>`SELECT ${nowAsText} AS at`.execute(db);
      await apply({ paymentId: paying.paymentId, intent, observedAt: rows[0]?.at ?? "" });
      return { paying, intent };
    },
    /** One more intent with our stamp, which no answer of ours came from. */
    stamped: (order: { orderId?: string; paymentId?: string } = {}) =>
      standIns.stripe.paymentIntents.create({
        amount: 1_000,
        currency: "gbp",
        metadata: {
          order_id: order.orderId ?? randomUUID(),
          payment_id: order.paymentId ?? randomUUID(),
          aurora_installation: means.ownership.installation,
        },
      }),
    async compare(name: Comparison = "hourly_comparison"): Promise<Findings> {
      await secondIsOver();
      await compareBooks(all)({ id: name }, job);
      const { findings } = await cursorOf(desk, name);
      return findings as Findings;
    },
    /** What the payment role does with each open break of these objects. */
    async settle(...objects: Pick<Stripe.PaymentIntent, "id">[]): Promise<void> {
      for (const { id } of objects) {
        const open = await db
          .selectFrom("breaks")
          .select("id")
          .where("object_id", "=", id)
          .where("status", "=", "open")
          .executeTakeFirstOrThrow();
        await settleBreak(all)(open, job);
      }
    },
    breaksOf: ({ id }: { id: string }) =>
      db
        .selectFrom("breaks")
        .select(["id", "fault", "status", "outcome", "due_at", "last_error", "order_id"])
        .where("object_id", "=", id)
        .orderBy("found_at")
        .execute(),
  };
}

export async function cursorOf({ db }: Pick<QueueDesk, "db">, name: string) {
  return await db
    .selectFrom("stripe_cursors")
    .selectAll()
    .where("name", "=", name)
    .executeTakeFirstOrThrow();
}

/** Stripe's times are whole seconds: what was made in this one is listed once it is over. */
async function secondIsOver(): Promise<void> {
  const second = Math.floor(Date.now() / 1_000);
  await waitFor("the next second", async () => Date.now() / 1_000 > second + 1 || undefined);
}
