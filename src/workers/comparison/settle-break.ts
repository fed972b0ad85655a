import { follow } from "../../orders/in-batches.ts";
import { findPaymentOf } from "../../orders/paying/find-payment-of.ts";
import { lookUpIntents } from "../../orders/paying/look-up-intents.ts";
import { closeBreak, type OpenBreak, postponeBreak, readOpenBreak } from "../../payments/breaks.ts";
import { differencesOf } from "../../payments/compare-intent.ts";
import { settleMoneyBack } from "./compare-money-back.ts";
import type { BooksMeans } from "./comparing.ts";
import { standsAtStripe } from "./look-for-unlisted.ts";
import { type Settled, settleDifference } from "./settle-difference.ts";
import { settleUnknownIntent } from "./settle-unknown-intent.ts";

/**
 * Settles a difference between Stripe's books and ours that the comparison left open: what bears
 * our stamp and is unknown here is adopted, cancelled or given back, which only the payment role
 * may do; what is missing or different is looked at again. What can't be settled yet is tried
 * each hour, and stays on record with its reason.
 */
export function settleBreak(means: BooksMeans) {
  const { db } = means;
  return async (
    { id }: { id: string },
    { signal }: { signal: AbortSignal },
  ): Promise<string | undefined> => {
    const open = await readOpenBreak(db, id);
    if (open === null) return "no such break, or settled";
    signal.throwIfAborted();
    const settled = await settle(means, open);
    if (settled.outcome === null) {
      await postponeBreak(db, id, settled.reason);
      return settled.reason;
    }
    await closeBreak(db, id, settled.outcome);
    means.log.info("break_settled", {
      kind: open.fault,
      intentId: open.objectId,
      code: settled.outcome,
    });
    return undefined;
  };
}

async function settle(means: BooksMeans, open: OpenBreak): Promise<Settled> {
  const kind = kindOf(open.objectId);
  if (open.fault === "unknown_at_stripe") return await lookAgain(means, kind, open);
  if (kind === "intents") return await settleIntent(means, open.objectId, open);
  return await settlePart(means, kind, open);
}

async function settleIntent(
  means: BooksMeans,
  intentId: string,
  { fault, round }: Pick<OpenBreak, "fault" | "round">,
): Promise<Settled> {
  const { db, gateway } = means;
  const intent = await gateway.readIntent(intentId);
  const [booked] = (await lookUpIntents(db, [intent])).booked;
  if (booked?.paymentId) {
    if (differencesOf(intent, booked).length === 0) {
      return { outcome: fault === "differs" ? "applied" : "adopted" };
    }
    return (await settleDifference(means, intent, booked)).settled;
  }
  const { settled, ...advanced } = await settleUnknownIntent(means, intentId, round);
  follow(means, advanced);
  return settled;
}

/** A refund or a dispute: of a payment of ours, or of one that is still to be adopted. */
async function settlePart(
  means: BooksMeans,
  kind: "refunds" | "disputes",
  { objectId, round }: OpenBreak,
): Promise<Settled> {
  const place = await findPaymentOf(means.db, objectId);
  if (place === null)
    return { outcome: null, reason: "Stripe's id of its intent is not on record." };
  if (place.paymentId === null) {
    const settled = await settleIntent(means, place.intentId, { fault: "unknown_here", round });
    if (settled.outcome !== "adopted") return settled;
    return { outcome: null, reason: "Its intent was adopted; it follows." };
  }
  const { paymentId, intentId } = place;
  return await settleMoneyBack(means, kind, objectId, { paymentId, intentId });
}

async function lookAgain(
  means: BooksMeans,
  kind: ReturnType<typeof kindOf>,
  { objectId }: OpenBreak,
): Promise<Settled> {
  const place = await findPaymentOf(means.db, objectId);
  const intentId = place?.intentId ?? objectId;
  const found = await standsAtStripe(means.gateway, kind, { objectId, intentId });
  return found ? { outcome: "found" } : { outcome: null, reason: "Stripe does not know it." };
}

/** What Stripe's id names, by its first letters. */
function kindOf(objectId: string): "intents" | "refunds" | "disputes" {
  if (objectId.startsWith("pi_")) return "intents";
  return objectId.startsWith("d") ? "disputes" : "refunds";
}
