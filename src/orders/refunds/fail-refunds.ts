import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import type { Advanced } from "../advance.ts";
import { flag } from "../attention.ts";
import { lockOrdersOf } from "../lock-orders.ts";
import { remark } from "../remark.ts";
import { moneyKept } from "./money-left.ts";
import { requestRefunds } from "./request-refunds.ts";
import { ownReasons, type WantedRefund, wholeRefund } from "./wanted-refund.ts";

export type FailedRefund = { refundId: string; reason: string };

type Failed = {
  id: string;
  orderId: string;
  orderNumber: string;
  paymentId: string;
  reason: string;
  failure: string;
  amountMinor: number;
  currency: string;
  actor: string;
};

/**
 * Books refunds that Stripe refused for good; a person must find another way. Where part of the
 * money went back by another hand, what is left of a refund of our own is asked for anew; where all
 * of it did, nothing is to do.
 */
export async function failRefunds(
  trx: Trx,
  settings: Pick<Settings, "LEASE_SECONDS">,
  failures: readonly FailedRefund[],
): Promise<Advanced> {
  const failed = await save(trx, failures);
  await remark(
    trx,
    failed.map(({ id: refundId, orderId, failure, amountMinor, currency }) => ({
      orderId,
      event: "refund_failed",
      detail: { refundId, amountMinor, currency, failure },
    })),
    "stripe",
  );
  const { wishes, settled } = await whatIsLeft(trx, failed);
  const again = await requestRefunds(
    trx,
    settings,
    wishes.map(({ wanted }) => wanted),
  );
  const asked = wishes.filter((_, index) => !(again.results[index] instanceof Refused));
  const mended = new Set(asked.map(({ refundId }) => refundId));
  await flag(
    trx,
    failed
      .filter(({ id, paymentId }) => !mended.has(id) && !settled.includes(paymentId))
      .map(({ orderId }) => ({ orderId, code: "refund_failed" })),
    "stripe",
  );
  const noted = failed.map(({ orderId, orderNumber: order, failure }) => ({
    ...{ orderId, order, event: "refund_failed", code: failure },
  }));
  return { moved: [], hints: again.hints, noted: [...noted, ...again.noted] };
}

async function save(trx: Trx, failures: readonly FailedRefund[]): Promise<Failed[]> {
  const ids = failures.map(({ refundId }) => refundId);
  await lockOrdersOf(trx, "refunds", ids);
  await sql`
    SELECT id FROM payments
    WHERE id IN (SELECT payment_id FROM refunds WHERE id = ANY(${ids}::uuid[]))
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  const { rows } = await sql<Failed>`
    WITH failed AS (
      SELECT DISTINCT ON (id) * FROM unnest(
        ${ids}::uuid[], ${failures.map(({ reason }) => reason)}::text[]
      ) AS f (id, failure) ORDER BY id
    ), locked AS MATERIALIZED (
      SELECT refunds.id, failed.failure FROM refunds JOIN failed USING (id)
      WHERE status = 'requested' ORDER BY refunds.id FOR NO KEY UPDATE OF refunds
    )
    UPDATE refunds SET status = 'failed', failure = locked.failure, settled_at = now(),
      due_at = NULL, version = refunds.version + 1, round = 0, sweeps = 0, last_error = NULL
    FROM locked, orders WHERE refunds.id = locked.id AND orders.id = refunds.order_id
    RETURNING refunds.id, order_id AS "orderId", number AS "orderNumber",
      payment_id AS "paymentId", reason, refunds.failure, amount_minor AS "amountMinor",
      refunds.currency, actor`.execute(trx);
  return rows;
}

/**
 * Less is left than was refused, so it is another wish; the same again would be refused again.
 * Where nothing is left of a payment, all of it went back by another hand: that is settled.
 */
async function whatIsLeft(
  trx: Trx,
  failed: readonly Failed[],
): Promise<{ wishes: { refundId: string; wanted: WantedRefund }[]; settled: string[] }> {
  const own = failed.flatMap((refund) => {
    const reason = ownReasons.find((known) => known === refund.reason);
    return reason ? [{ ...refund, reason }] : [];
  });
  if (own.length === 0) return { wishes: [], settled: [] };
  const { rows } = await sql<{ id: string; left: number; tries: number }>`
    SELECT payments.id, captured_minor - coalesce(
        sum(refunds.amount_minor) FILTER (WHERE refunds.status <> 'failed'), 0
      )::bigint - ${moneyKept} AS left,
      count(*) FILTER (WHERE refunds.status = 'failed') AS tries
    FROM payments LEFT JOIN refunds ON payment_id = payments.id
    WHERE payments.id = ANY(${own.map(({ paymentId }) => paymentId)}::uuid[])
    GROUP BY payments.id`.execute(trx);
  const byPayment = new Map(rows.map((row) => [row.id, row]));
  const wishes = own.flatMap((refund) => {
    const { left = 0, tries = 0 } = byPayment.get(refund.paymentId) ?? {};
    if (left <= 0 || left >= refund.amountMinor) return [];
    const whole = wholeRefund(refund, refund.reason, refund.actor);
    const again = { amountMinor: left, intention: `${whole.intention}:${tries + 1}` };
    const wanted = { ...whole, ...again };
    return [{ refundId: refund.id, wanted }];
  });
  return { wishes, settled: rows.filter(({ left }) => left <= 0).map(({ id }) => id) };
}
