import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import { refundFault } from "../../currencies.ts";
import { leased } from "../../db/clock.ts";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import { paidElsewhere } from "../../payments/elsewhere.ts";
import { book, type Movement } from "../../payments/ledger.ts";
import type { Hint } from "../../queues/hint.ts";
import type { Noted } from "../advance.ts";
import { remark } from "../remark.ts";
import { refundIdOf, type WantedRefund } from "./wanted-refund.ts";

export type RequestedRefund = {
  id: string;
  amountMinor: number;
  currency: string;
  /** Whether it was on record before: the same intention again. */
  known: boolean;
};

type NewRefund = RequestedRefund & {
  wanted: WantedRefund;
  /** Where the money is to be found that was given back by hand; null: Stripe gives it back. */
  elsewhere: string | null;
};

/** What a payment can still give back, with its row locked. */
type Refundable = {
  capturedMinor: number;
  currency: string;
  left: number;
  /** Where the money is to be found that did not come through Stripe; else null. */
  reference: string | null;
};

/**
 * Puts refunds on record before Stripe is asked, or as done where a person gave money back by
 * other means: never more than was captured, whoever asks at the same time. The caller holds the
 * orders' locks; refunds of the same intention are left out of the answer's hints.
 */
export async function requestRefunds(
  trx: Trx,
  settings: Pick<Settings, "LEASE_SECONDS">,
  wishes: readonly WantedRefund[],
): Promise<{ results: (RequestedRefund | Refused)[]; hints: Hint[]; noted: Noted[] }> {
  if (wishes.length === 0) return { results: [], hints: [], noted: [] };
  const refundable = await lockRefundable(
    trx,
    wishes.map(({ paymentId }) => paymentId),
  );
  const known = await findKnown(trx, wishes);
  const fresh: NewRefund[] = [];
  const results = wishes.map((wanted): RequestedRefund | Refused => {
    const before = known.get(refundIdOf(wanted.intention));
    if (before) return before;
    const made = decide(wanted, refundable.get(wanted.paymentId));
    if (made instanceof Refused) return made;
    const elsewhere = wanted.returned ?? refundable.get(wanted.paymentId)?.reference ?? null;
    fresh.push({ ...made, wanted, elsewhere });
    known.set(made.id, { ...made, known: true });
    return made;
  });
  await insertRefunds(trx, settings, fresh);
  await book(trx, fresh.flatMap(byHandMovements));
  return { results, ...(await tell(trx, fresh)) };
}

async function lockRefundable(
  trx: Trx,
  paymentIds: readonly string[],
): Promise<Map<string, Refundable>> {
  await sql`
    SELECT id FROM payments WHERE id = ANY(${paymentIds}::uuid[])
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  // A second statement: it sees the refunds that were asked for while the locks were waited for.
  const { rows } = await sql<Refundable & { id: string }>`
    SELECT id, captured_minor AS "capturedMinor", captured_currency AS currency, reference,
      captured_minor - coalesce((
        SELECT sum(amount_minor) FROM refunds
        WHERE payment_id = payments.id AND status <> 'failed'
      ), 0)::bigint AS left
    FROM payments WHERE id = ANY(${paymentIds}::uuid[]) AND status = 'captured'`.execute(trx);
  return new Map(rows.map((row) => [row.id, row]));
}

/** What is on record of these intentions, by the id that each of them makes. */
async function findKnown(
  trx: Trx,
  wishes: readonly WantedRefund[],
): Promise<Map<string, RequestedRefund>> {
  const ids = wishes.map(({ intention }) => refundIdOf(intention));
  const { rows } = await sql<Omit<RequestedRefund, "known">>`
    SELECT id, amount_minor AS "amountMinor", currency FROM refunds
    WHERE id = ANY(${ids}::uuid[])`.execute(trx);
  return new Map(rows.map((refund) => [refund.id, { ...refund, known: true }]));
}

function decide(wanted: WantedRefund, payment: Refundable | undefined): RequestedRefund | Refused {
  if (!payment) return new Refused("order_not_paid", "No money of this payment was captured.");
  if (payment.reference !== null && !wanted.byHand) return paidElsewhere(payment.reference);
  const amountMinor = wanted.amountMinor ?? payment.left;
  const { left, currency } = payment;
  if (left <= 0) {
    return new Refused("nothing_left_to_refund", "All of this payment has been given back.");
  }
  if (amountMinor === 0) return new Refused("nothing_left_to_refund", "These goods cost nothing.");
  if (amountMinor > left) {
    const message = `At most ${left} can still be given back (in minor units of ${currency}).`;
    return new Refused("refund_too_large", message, [{ field: "amountMinor", message }]);
  }
  const fault = wanted.returned === undefined ? refundFault(amountMinor, currency) : null;
  if (fault !== null) {
    return new Refused("refund_uneven", fault, [{ field: "amountMinor", message: fault }]);
  }
  payment.left -= amountMinor;
  return { id: refundIdOf(wanted.intention), amountMinor, currency, known: false };
}

async function insertRefunds(
  trx: Trx,
  settings: Pick<Settings, "LEASE_SECONDS">,
  refunds: readonly NewRefund[],
): Promise<void> {
  if (refunds.length === 0) return;
  await sql`
    INSERT INTO refunds (id, order_id, payment_id, amount_minor, currency, reason, note, intention,
      actor, provider, status, settled_at, due_at)
    SELECT r.*,
      CASE r.provider WHEN 'stripe' THEN 'requested' ELSE 'succeeded' END,
      CASE r.provider WHEN 'external' THEN now() END,
      CASE r.provider WHEN 'stripe' THEN ${leased(settings)} END
    FROM unnest(
      ${refunds.map(({ id }) => id)}::uuid[],
      ${refunds.map(({ wanted }) => wanted.orderId)}::uuid[],
      ${refunds.map(({ wanted }) => wanted.paymentId)}::uuid[],
      ${refunds.map(({ amountMinor }) => amountMinor)}::bigint[],
      ${refunds.map(({ currency }) => currency)}::text[],
      ${refunds.map(({ wanted }) => wanted.reason)}::text[],
      ${refunds.map(({ wanted }) => wanted.note)}::text[],
      ${refunds.map(({ wanted }) => wanted.intention)}::text[],
      ${refunds.map(({ wanted }) => wanted.actor)}::text[],
      ${refunds.map(({ elsewhere }) => (elsewhere === null ? "stripe" : "external"))}::text[]
    ) AS r (id, order_id, payment_id, amount_minor, currency, reason, note, intention, actor,
      provider)
    ORDER BY intention`.execute(trx);
  const lines = refunds.flatMap(({ id, wanted }) =>
    (wanted.lines ?? []).map((line) => ({ id, ...line })),
  );
  if (lines.length === 0) return;
  await sql`
    INSERT INTO refund_lines (refund_id, sku, quantity, worth_minor)
    SELECT * FROM unnest(
      ${lines.map(({ id }) => id)}::uuid[],
      ${lines.map(({ sku }) => sku)}::text[],
      ${lines.map(({ quantity }) => quantity)}::integer[],
      ${lines.map(({ worthMinor }) => worthMinor)}::bigint[]
    )`.execute(trx);
}

/** What was given back by hand has left at once; Stripe's money leaves when Stripe has said so. */
function byHandMovements({ id, amountMinor, currency, wanted, elsewhere }: NewRefund): Movement[] {
  if (elsewhere === null) return [];
  const { orderId, paymentId } = wanted;
  const about = { amountMinor, currency, orderId, paymentId };
  return [{ movement: `refund:${id}`, from: "external", to: "sales", ...about }];
}

async function tell(
  trx: Trx,
  refunds: readonly NewRefund[],
): Promise<{ hints: Hint[]; noted: Noted[] }> {
  // Who asked stands in each refund; the history names them one by one.
  for (const { id: refundId, amountMinor, currency, wanted, elsewhere } of refunds) {
    const { orderId, reason, actor } = wanted;
    const about = { refundId, amountMinor, currency, reason };
    // Under the name by which it is erased with the person.
    const detail = elsewhere === null ? about : { ...about, reference: elsewhere };
    await remark(trx, [{ orderId, event: eventOf(elsewhere), detail }], actor);
  }
  const asked = refunds.filter(({ elsewhere }) => elsewhere === null);
  const hints = asked.map(({ id, wanted }): Hint => {
    const { orderNumber: order } = wanted;
    return { queue: "payment", kind: "start_refund", id, version: 1, round: 0, order };
  });
  const noted = refunds.map(({ wanted, elsewhere }) => ({
    orderId: wanted.orderId,
    order: wanted.orderNumber,
    event: eventOf(elsewhere),
    paymentId: wanted.paymentId,
    code: wanted.reason,
  }));
  return { hints, noted };
}

function eventOf(elsewhere: string | null): "refund_requested" | "refund_succeeded" {
  return elsewhere === null ? "refund_requested" : "refund_succeeded";
}
