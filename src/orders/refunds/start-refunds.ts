import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import type { Trx } from "../../db/transaction.ts";
import { keyHours, type NewRefund } from "../../payments/gateway.ts";

/** What is to be done at Stripe for a refund that was asked for. */
export type RefundStart =
  /** `isOld`: its key may be forgotten at Stripe, so look first whether it is there. */
  | { todo: "create"; wanted: NewRefund; paymentId: string; tryNumber: number; isOld: boolean }
  | { todo: "nothing"; because: string };

type Row = {
  id: string;
  status: string;
  orderId: string;
  paymentId: string;
  intentId: string | null;
  amountMinor: number;
  reason: string;
  installation: string;
  tryNumber: number;
  isOld: boolean;
};

/** Puts on record that Stripe is about to be asked, and answers for what. */
export async function claimRefunds(
  db: Db | Trx,
  refundIds: readonly string[],
): Promise<RefundStart[]> {
  const { rows } = await sql<Row>`
    WITH locked AS MATERIALIZED (
      SELECT id, asked_at AS before FROM refunds WHERE id = ANY(${refundIds}::uuid[])
      ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE refunds SET asked_at = coalesce(refunds.asked_at, now())
    FROM locked, payments, installation
    WHERE refunds.id = locked.id AND payments.id = refunds.payment_id
    RETURNING refunds.id, refunds.status, refunds.order_id AS "orderId",
      refunds.payment_id AS "paymentId", intent_id AS "intentId",
      refunds.amount_minor AS "amountMinor", reason, installation.id AS installation,
      refunds.create_try AS "tryNumber",
      coalesce(before < now() - make_interval(hours => ${keyHours}), false) AS "isOld"`.execute(db);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return refundIds.map((id) => startOf(byId.get(id)));
}

function startOf(row: Row | undefined): RefundStart {
  if (!row) return { todo: "nothing", because: "no such refund" };
  const { status, paymentId, intentId, isOld, tryNumber } = row;
  if (status !== "requested") return { todo: "nothing", because: `already ${status}` };
  if (intentId === null) return { todo: "nothing", because: "its payment was made elsewhere" };
  const { id: refundId, orderId, amountMinor, reason, installation } = row;
  const key = `aurora-refund-${refundId}-${tryNumber}`;
  const wanted = { key, intentId, amountMinor, reason, refundId, orderId, installation };
  return { todo: "create", wanted, paymentId, tryNumber, isOld };
}

/**
 * Lets a refund that Stripe does not have go under a new key: the one of `tryNumber` is forgotten
 * there, or repeats a failure. Of twins that found the same, only the first makes a new key, and
 * both use it. Answers null for one that is no longer waiting, which the look has shown.
 */
export async function renewRefund(
  db: Db,
  refundId: string,
  tryNumber: number,
): Promise<NewRefund | null> {
  await sql`
    UPDATE refunds SET create_try = create_try + 1, asked_at = now()
    WHERE id = ${refundId} AND status = 'requested' AND create_try = ${tryNumber}`.execute(db);
  const [start] = await claimRefunds(db, [refundId]);
  return start?.todo === "create" ? start.wanted : null;
}
