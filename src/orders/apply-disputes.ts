import type { Trx } from "../db/transaction.ts";
import type { DisputesSeen, SeenDispute } from "../payments/dispute.ts";
import { book, type Movement } from "../payments/ledger.ts";
import { canBecome, disputeTransitions } from "../payments/lifecycle.ts";
import { type Advanced, together } from "./advance.ts";
import { flag } from "./attention.ts";
import {
  type DisputeChange,
  type DisputedPayment,
  type KnownDispute,
  lockDisputes,
  lockPaymentsOf,
  saveDisputes,
} from "./dispute-rows.ts";
import { remark } from "./remark.ts";
import { settleEvents } from "./settle-events.ts";

const actor = "stripe";

/**
 * The one door for what Stripe says about disputes: all that a payment has, as of one moment. One
 * that is open or lost blocks refunds, and calls for a person.
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
  const known = await lockDisputes(
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
  await book(trx, all.flatMap(movementsOf));
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

/** What the bank moved, each of its movements once; a lost dispute's money is a loss. */
function movementsOf({ payment, seen }: DisputeChange): Movement[] {
  const { orderId, paymentId } = payment;
  const moved = seen.moved.flatMap(({ id, amountMinor, feeMinor, currency }): Movement[] => {
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
  if (seen.status !== "lost") return moved;
  const taken = seen.moved.reduce((sum, { amountMinor }) => sum - amountMinor, 0);
  const currency = seen.moved[0]?.currency ?? seen.currency;
  const about = { amountMinor: taken, currency, orderId, paymentId };
  return [
    ...moved,
    { movement: `dispute_lost:${seen.id}`, from: "disputed", to: "losses", ...about },
  ];
}

const eventOf = { open: "dispute_opened", won: "dispute_won", lost: "dispute_lost" } as const;

async function tell(trx: Trx, changes: readonly DisputeChange[]): Promise<Advanced> {
  const steps = changes.filter(({ from, seen }) => from !== seen.status);
  await remark(
    trx,
    steps.map(({ payment, seen }) => {
      const { id: disputeId, amountMinor, currency, reason } = seen;
      const detail = { disputeId, amountMinor, currency, reason };
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
