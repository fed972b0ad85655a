import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
import { codeOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { applyDisputes } from "../orders/disputes/apply-disputes.ts";
import { inBatches, inStatements } from "../orders/in-batches.ts";
import { intentDoor } from "../orders/paying/apply-intent.ts";
import type { Ownership } from "../orders/paying/judge-intent.ts";
import { type Look, planLooks } from "../orders/paying/look-at-payments.ts";
import { abandonStrays, whyGivenUp } from "../orders/paying/park-events.ts";
import { type SeenIntent, settleEvents } from "../orders/paying/settle-events.ts";
import { planSyncs, type Sync } from "../orders/paying/sync-payments.ts";
import { applyRefunds } from "../orders/refunds/apply-refunds.ts";
import type { DisputesSeen } from "../payments/dispute.ts";
import type { PaymentGateway } from "../payments/gateway.ts";
import type { RefundsSeen } from "../payments/refund.ts";
import type { Hints } from "../queues/hints.ts";

export type StripeMeans = {
  db: Db;
  hints: Hints;
  log: Log;
  settings: Settings;
  gateway: PaymentGateway;
  ownership: Ownership;
};

/** Each reads Stripe and applies what it says; the answer is why there was nothing to do. */
export type Syncs = {
  payment(paymentId: string, when?: { unlessInLine: true }): Promise<string | undefined>;
  refunds(paymentId: string): Promise<string | undefined>;
  disputes(paymentId: string): Promise<string | undefined>;
};

/** Events that keep coming while we read: so often we look again before the clock does. */
const mostLooks = 5;

/** How what Stripe knows of a payment is found out: by a look, whoever gave the nudge. */
export function syncs(means: StripeMeans): Syncs {
  const { gateway, settings } = means;
  const applyLook = inBatches<RefundsSeen, boolean>(means, (trx, seen) =>
    applyRefunds(trx, settings, seen),
  );
  const applyDispute = inBatches<DisputesSeen, boolean>(means, applyDisputes);
  const lookAt = inStatements<string, Look | null>(means, async (db, ids) => ({
    results: await planLooks(db, ids),
  }));

  async function look(
    paymentId: string,
    listAndApply: (look: Look) => Promise<boolean>,
  ): Promise<string | undefined> {
    for (let looks = 0; looks < mostLooks; looks++) {
      const at = await lookAt(paymentId);
      if (at === null) return "Stripe was never asked";
      if (!(await listAndApply(at))) break;
    }
    return undefined;
  }

  return {
    payment: paymentSync(means),
    refunds: (paymentId) =>
      look(paymentId, async (at) =>
        applyLook({ ...at, refunds: await gateway.refundsOf(at.intentId) }),
      ),
    disputes: (paymentId) =>
      look(paymentId, async (at) =>
        applyDispute({ ...at, disputes: await gateway.disputesOf(at.intentId) }),
      ),
  };
}

/** Reads a payment's intent and applies it: what every sign of a payment comes down to. */
function paymentSync(means: StripeMeans): Syncs["payment"] {
  const claim = inStatements<string, Sync>(means, async (db, ids) => ({
    results: await planSyncs(db, ids),
  }));
  const settle = inStatements<SeenIntent, void>(means, async (db, seen) => {
    await settleEvents(db, "intent", seen);
    return { results: seen.map(() => undefined) };
  });
  const { db, log, gateway } = means;
  const apply = intentDoor(means);

  /** It was an event that made us ask for an intent that Stripe has not. */
  async function disown(paymentId: string, intentId: string): Promise<null> {
    for (const eventId of await abandonStrays(db, paymentId, intentId)) {
      log.warn("event_abandoned", { eventId, paymentId, intentId, reason: whyGivenUp.missing });
    }
    return null;
  }

  return async (paymentId, when) => {
    for (let look = 0; look < mostLooks; look++) {
      const sync = await claim(paymentId);
      if (sync.inLine && when?.unlessInLine) return "waits in Stripe's line";
      if (sync.todo === "nothing") return sync.because;
      if (sync.todo === "settle") {
        await settle({ paymentId, ...sync });
        return "already captured";
      }
      const intent = await gateway.readIntent(sync.intentId).catch(async (error) => {
        if (!sync.heard || codeOf(error) !== "resource_missing") throw error;
        return await disown(paymentId, sync.intentId);
      });
      if (intent === null) continue;
      const applied = await apply({ paymentId, intent, observedAt: sync.observedAt });
      if (!applied?.lookAgain && !sync.stray) break;
    }
    return undefined;
  };
}
