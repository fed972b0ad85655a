import { createHash } from "node:crypto";
import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import type { Settings } from "../../config.ts";
import { claimKeys, giveBackKeys, type KeyClaim, type KeyVerdict } from "../../db/idempotency.ts";
import type { Trx } from "../../db/transaction.ts";
import { Refused, type Unavailable } from "../../errors.ts";
import { type Advanced, together } from "../advance.ts";
import { keyReused } from "../place-order.ts";
import { judgeLines, readSale, worthOf } from "./refund-lines.ts";
import { findPayment } from "./refundable-payment.ts";
import { type RequestedRefund, requestRefunds } from "./request-refunds.ts";
import { refundIdOf } from "./wanted-refund.ts";
import type { RefundLine } from "./worth.ts";

export type RefundRequest = {
  orderId: string;
  shopId: string;
  idempotencyKey: string;
  fingerprint: Buffer;
  actor: string;
  /** Which of the order's payments it is of; null: the one that can best give money back. */
  paymentId: string | null;
  /** In minor units; null: what the lines are worth, or all that is left. */
  amountMinor: number | null;
  /** Which goods it is for, or null. */
  lines: readonly RefundLine[] | null;
  reason: string;
  note: string | null;
  /** Money that did not come through Stripe was given back by hand, and goes on record. */
  byHand: boolean;
};

export type RefundOutcome =
  | { outcome: "requested"; refundId: string; replayed: boolean }
  | { outcome: "refused"; error: Refused | Unavailable };

/**
 * Puts refunds on record that a shop asks for, each once per key; Stripe is asked right after. It
 * goes request by request: refunds are rare, and each must see the one before.
 */
export async function refundOrders(
  trx: Trx,
  settings: Settings,
  requests: readonly RefundRequest[],
): Promise<{ results: RefundOutcome[] } & Advanced> {
  const claims = requests.map(claimOf);
  const verdicts = await claimKeys(trx, claims);
  await sql`
    SELECT id FROM orders WHERE id = ANY(${requests.map(({ orderId }) => orderId)}::uuid[])
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  await sql`
    SELECT id FROM payments
    WHERE order_id = ANY(${requests.map(({ orderId }) => orderId)}::uuid[])
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  const changes: Advanced[] = [];
  const results: RefundOutcome[] = [];
  /** By the id of what they would have made: twins in this batch are refused alike. */
  const refusals = new Map<string, RefundOutcome>();
  for (const [index, request] of requests.entries()) {
    const verdict = verdicts[index];
    const { resourceId: id } = claims[index] as KeyClaim;
    if (verdict && !verdict.first) {
      const before = "resourceId" in verdict ? refusals.get(verdict.resourceId) : undefined;
      results.push(again(request, verdict, before));
      continue;
    }
    const { result, ...change } = await refundOne(trx, settings, request);
    if (result.outcome === "refused") refusals.set(id, result);
    results.push(result);
    changes.push(change);
  }
  const refused = claims.filter(
    (_, index) => results[index]?.outcome === "refused" && verdicts[index]?.first,
  );
  await giveBackKeys(trx, refused);
  return { results, ...together(...changes) };
}

function claimOf(request: RefundRequest): KeyClaim {
  return {
    shopId: request.shopId,
    operation: "refund_order",
    key: request.idempotencyKey,
    fingerprint: request.fingerprint,
    resourceId: uuidv7(),
  };
}

/** What a request is told whose key came before; `refused`: with this outcome, a moment ago. */
function again(
  request: RefundRequest,
  verdict: Exclude<KeyVerdict, { first: true }>,
  refused: RefundOutcome | undefined,
): RefundOutcome {
  if ("error" in verdict) return { outcome: "refused", error: verdict.error };
  if (!verdict.sameRequest) return { outcome: "refused", error: keyReused() };
  const refundId = refundIdOf(intentionOf(request));
  return refused ?? { outcome: "requested", refundId, replayed: true };
}

async function refundOne(
  trx: Trx,
  settings: Settings,
  request: RefundRequest,
): Promise<{ result: RefundOutcome } & Advanced> {
  const nothing = { moved: [], hints: [] };
  const payment = await findPayment(trx, request);
  if (payment instanceof Refused) {
    return { result: { outcome: "refused", error: payment }, ...nothing };
  }
  const { orderId, reason, note, actor, byHand } = request;
  const lines = request.lines && judgeLines(await readSale(trx, orderId), request.lines);
  if (lines instanceof Refused) {
    return { result: { outcome: "refused", error: lines }, ...nothing };
  }
  // What is said, what the lines are worth, or null for all that is left.
  const amountMinor = request.amountMinor ?? (lines && worthOf(lines));
  const wanted = {
    ...{ orderId, paymentId: payment.paymentId, orderNumber: payment.orderNumber },
    ...{ reason, note, actor, byHand, intention: intentionOf(request) },
    ...{ amountMinor, lines: lines ?? [] },
  };
  const { results, ...change } = await requestRefunds(trx, settings, [wanted]);
  const [made] = results as [RequestedRefund | Refused];
  const result: RefundOutcome =
    made instanceof Refused
      ? { outcome: "refused", error: namingWhatWasSent(request, made) }
      : { outcome: "requested", refundId: made.id, replayed: made.known };
  return { result, moved: [], ...change };
}

/** The amount of lines is ours: what is wrong with it is said of the lines. */
function namingWhatWasSent({ lines, amountMinor }: RefundRequest, error: Refused): Refused {
  if (!lines || amountMinor !== null) return error;
  const faults = error.faults.map((fault) => ({ ...fault, field: "lines" }));
  return new Refused(error.code, error.message, faults);
}

/** The same wish under the same key of the caller's is the same refund, here and at Stripe. */
function intentionOf(request: RefundRequest): string {
  const { orderId, reason, amountMinor, lines, idempotencyKey, paymentId } = request;
  const aim = paymentId === null ? [] : [paymentId];
  const wish = JSON.stringify([orderId, reason, amountMinor, lines, idempotencyKey, ...aim]);
  return createHash("sha256").update(wish).digest("hex");
}
