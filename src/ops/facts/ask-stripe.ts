import { sql } from "kysely";
import { nowAsText } from "../../db/clock.ts";
import type { Db } from "../../db/connect.ts";
import { codeOf, reasonOf } from "../../errors.ts";
import { inTime } from "../../patience.ts";
import type { PaymentReads } from "../../payments/gateway.ts";
import type { PaymentFact, StripeRecord } from "./money-facts.ts";

/** People wait for this. The jobs that wait for Stripe longer are others. */
const patienceMilliseconds = 2_000;
/** Of an order with more payments than this the last are asked for. */
const mostPayments = 10;

/** What Stripe says at this moment of an order's payments; each of its answers is a whole one. */
export async function askStripe(
  db: Db,
  gateway: PaymentReads,
  payments: readonly PaymentFact[],
): Promise<StripeRecord> {
  const asked = payments.filter(({ intentId }) => intentId !== null).slice(-mostPayments);
  if (asked.length === 0) return { state: "not_asked" };
  const { rows } = await sql<{ at: string }>`SELECT ${nowAsText} AS at`.execute(db);
  try {
    const answers = Promise.all(asked.map((payment) => ask(gateway, payment)));
    const records = await inTime(answers, patienceMilliseconds);
    return {
      state: "answered",
      observedAt: rows[0]?.at ?? "",
      intents: records.map(({ paymentId, intent }) => ({ paymentId, intent })),
      refunds: records.flatMap(({ refunds }) => refunds),
      disputes: records.flatMap(({ disputes }) => disputes),
    };
  } catch (error) {
    return { state: "unreachable", reason: reasonOf(error) };
  }
}

async function ask(gateway: PaymentReads, { id: paymentId, intentId }: PaymentFact) {
  const nothing = { refunds: [], disputes: [] };
  if (intentId === null) return { paymentId, intent: "missing" as const, ...nothing };
  try {
    const intent = await gateway.readIntent(intentId);
    if (intent.status !== "captured") return { paymentId, intent, ...nothing };
    const [refunds, disputes] = await Promise.all([
      gateway.refundsOf(intentId),
      gateway.disputesOf(intentId),
    ]);
    return { paymentId, intent, refunds, disputes };
  } catch (error) {
    if (codeOf(error) !== "resource_missing") throw error;
    return { paymentId, intent: "missing" as const, ...nothing };
  }
}
