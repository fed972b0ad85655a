import type { Trx } from "../../db/transaction.ts";
import type { DisputesSeen, SeenDispute } from "../../payments/dispute.ts";
import { book, type Movement } from "../../payments/ledger.ts";
import { canBecome, disputeTransitions } from "../../payments/lifecycle.ts";
import { type Advanced, together } from "../advance.ts";
import { flag } from "../attention.ts";
import { settleEvents } from "../paying/settle-events.ts";
import { remark } from "../remark.ts";
import {
  type BookedLoss,
  type DisputeChange,
  type DisputedPayment,
  type KnownDispute,
  lockPaymentsOf,
  readDisputes,
  readLosses,
  saveDisputes,
} from "./dispute-rows.ts";

const actor = "stripe";

/**
 * The one door for what Stripe says about disputes: all that a payment has, as of one moment. One
 * that is open or lost blocks refunds, and calls for a person; so does an inquiry, which blocks
 * none: to refund the payment is what ends it.
 */
export async function applyDisputes(
  trx: Trx,
  looks: readonly DisputesSeen[],
): Promise<{ results: boolean[] } & Advanced> {
  const payments = await lockPaymentsOf(
    trx,
    looks.map(({ paymentId }) => paymentId),
  );
  const seen = looks.flatMap((look) => look.disputes.map((seen) => ({ look, seen })));
  const known = await readDisputes(
    trx,
    seen.map(({ seen }) => seen.id),
  );
  const changes = new Map<string, DisputeChange>();
  for (const { look, seen: dispute } of seen) {
    const change = judge(payments.get(look.paymentId), known.get(dispute.id), dispute, look);
    const earlier = changes.get(dispute.id);
    if (change && (!earlier || earlier.observedAt < change.observedAt)) {
      changes.set(dispute.id, change);
    }
  }
  const all = [...changes.values()];
  await saveDisputes(trx, all);
  const losses = await readLosses(
    trx,
    all.map(({ payment }) => payment.paymentId),
  );
  await book(
    trx,
    all.flatMap((change) => [...movementsOf(change), ...lossOf(change, losses)]),
  );
  const told = await tell(trx, all);
  const unsettled = await settleEvents(trx, "dispute", looks);
  return { results: looks.map(({ paymentId }) => unsettled.has(paymentId)), ...told };
}

function judge(
  payment: DisputedPayment | undefined,
  known: KnownDispute | undefined,
  seen: SeenDispute,
  { observedAt }: DisputesSeen,
): DisputeChange | null {
  if (!payment) return null;
  if (!known) return { payment, seen, from: null, observedAt };
  const isLawful =
    known.status === seen.status || canBecome(disputeTransitions, known.status, seen.status);
  if (!isLawful || observedAt < known.observedAt) return null;
  return { payment, seen, from: known.status, observedAt };
}

/** What the bank moved, each of its movements once. */
function movementsOf({ payment, seen }: DisputeChange): Movement[] {
  const { orderId, paymentId } = payment;
  return seen.moved.flatMap(({ id, amountMinor, feeMinor, currency }): Movement[] => {
    const about = { currency, orderId, paymentId };
    const back = amountMinor > 0;
    return [
      {
        ...{ movement: `dispute:${id}`, amountMinor: Math.abs(amountMinor), ...about },
        ...(back
          ? ({ from: "disputed", to: "stripe" } as const)
          : ({ from: "stripe", to: "disputed" } as const)),
      },
      {
        ...{ movement: `dispute_fee:${id}`, amountMinor: feeMinor, ...about },
        ...({ from: "stripe", to: "fees" } as const),
      },
    ];
  });
}

/**
 * What a lost dispute took is a loss, as long as it is lost: a verdict that is turned is booked
 * back, and each turn has a name of its own.
 */
function lossOf(
  { payment: { orderId, paymentId }, seen }: DisputeChange,
  losses: ReadonlyMap<string, BookedLoss>,
): Movement[] {
  const booked = losses.get(seen.id) ?? { amountMinor: 0, lost: 0, reinstated: 0 };
  const taken = seen.moved.reduce((sum, { amountMinor }) => sum - amountMinor, 0);
  const more = (seen.status === "lost" ? taken : 0) - booked.amountMinor;
  const currency = seen.moved[0]?.currency ?? seen.currency;
  const about = { amountMinor: Math.abs(more), currency, orderId, paymentId };
  const name = (verb: "lost" | "reinstated") =>
    `dispute_${verb}:${seen.id}${booked[verb] === 0 ? "" : `:${booked[verb] + 1}`}`;
  return more < 0
    ? [{ movement: name("reinstated"), from: "losses", to: "disputed", ...about }]
    : [{ movement: name("lost"), from: "disputed", to: "losses", ...about }];
}

const eventOf = {
  inquiry: "dispute_opened",
  open: "dispute_opened",
  won: "dispute_won",
  lost: "dispute_lost",
} as const;

async function tell(trx: Trx, changes: readonly DisputeChange[]): Promise<Advanced> {
  const steps = changes.filter(({ from, seen }) => from !== seen.status);
  await remark(
    trx,
    steps.map(({ payment, seen }) => {
      const { id: disputeId, amountMinor, currency, reason } = seen;
      const inquiry = seen.isInquiry && { inquiry: true };
      const detail = { disputeId, amountMinor, currency, reason, ...inquiry };
      return { orderId: payment.orderId, event: eventOf[seen.status], detail };
    }),
    actor,
  );
  await flag(
    trx,
    steps
      .filter(({ seen }) => seen.status !== "won")
      .map(({ payment, seen }) => ({ orderId: payment.orderId, code: eventOf[seen.status] })),
    actor,
  );
  const noted = steps.map(({ payment, seen }) => ({
    orderId: payment.orderId,
    order: payment.orderNumber,
    event: eventOf[seen.status],
    paymentId: payment.paymentId,
    code: seen.reason,
  }));
  return together({ moved: [], hints: [], noted });
}
