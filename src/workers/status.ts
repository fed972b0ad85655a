import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
import { codeOf, Unavailable } from "../errors.ts";
import type { Log } from "../log.ts";
import { intentDoor, type Ownership } from "../orders/apply-intent.ts";
import { inStatements } from "../orders/in-batches.ts";
import { abandonStrays, parkEvent, whyGivenUp } from "../orders/park-events.ts";
import { type SeenIntent, settleEvents } from "../orders/settle-events.ts";
import { claimSyncs, matchEvents, type Sync } from "../orders/sync-payments.ts";
import type { PaymentGateway } from "../payments/gateway.ts";
import type { Handlers } from "../queues/define-queue.ts";
import type { Hints } from "../queues/hints.ts";
import type { statusQueue } from "../queues/status.ts";
import { pollEvents } from "./poll-events.ts";

type Means = {
  db: Db;
  hints: Hints;
  log: Log;
  settings: Settings;
  gateway: PaymentGateway;
  ownership: Ownership;
};

/** Events that keep coming while we read: so often we look again before the clock does. */
const mostLooks = 3;

/** Stripe's reads: brings an order's status in line with what happened at Stripe. */
export function statusHandlers(means: Means): Handlers<typeof statusQueue> {
  const { db, gateway, log } = means;
  const claim = inStatements<string, Sync>(means, async (db, ids) => ({
    results: await claimSyncs(db, ids),
  }));
  const settle = inStatements<SeenIntent, void>(means, async (db, seen) => {
    await settleEvents(db, seen);
    return { results: seen.map(() => undefined) };
  });
  const match = inStatements<string, string | null>(means, async (db, ids) => {
    const matched = await matchEvents(db, ids);
    return { results: ids.map((id) => matched.get(id) ?? null) };
  });
  const apply = intentDoor(means);

  /** Reads the payment's intent and applies it: what every sign of a payment comes down to. */
  async function syncPayment(paymentId: string): Promise<string | undefined> {
    for (let look = 0; look < mostLooks; look++) {
      const sync = await claim(paymentId);
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
  }

  /** It was an event that made us ask for an intent that Stripe has not. */
  async function disown(paymentId: string, intentId: string): Promise<null> {
    for (const eventId of await abandonStrays(db, paymentId, intentId)) {
      log.warn("event_abandoned", { eventId, paymentId, intentId, reason: whyGivenUp.missing });
    }
    return null;
  }

  return {
    // A webhook is only a nudge. What it claims is not believed until Stripe is asked.
    sync_payment: ({ id }) => syncPayment(id),

    async apply_event({ id }) {
      const paymentId = await match(id);
      if (paymentId !== null) return await syncPayment(paymentId);
      const parked = await parkEvent(db, id);
      if (parked === null) return "settled meanwhile";
      if (parked === "unmatched") {
        throw new Unavailable("event_unmatched", "No payment of ours fits this event yet.");
      }
      log.warn("event_abandoned", { eventId: id, reason: whyGivenUp.unmatched });
      return "given up";
    },

    async poll_events() {
      await pollEvents(means);
      return undefined;
    },
  };
}
