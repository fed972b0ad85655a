import type { Trx } from "../../db/transaction.ts";
import { type Advanced, together } from "../../orders/advance.ts";
import { applyDisputes } from "../../orders/disputes/apply-disputes.ts";
import { applyIntents } from "../../orders/paying/apply-intent.ts";
import { applyRefunds } from "../../orders/refunds/apply-refunds.ts";
import type { OrderFacts } from "../facts/facts.ts";
import { type ActMeans, impossible, type Plan } from "./act.ts";

/** Not the order's fault: what asks Stripe may be done as soon as Stripe answers. */
export const awayCode = "stripe_unreachable";

/** Why an act that needs Stripe's answer can't be done without one; null where it is there. */
export function withoutAnswer({ stripe }: Pick<OrderFacts, "stripe">): Plan | null {
  if (stripe.state !== "unreachable") return null;
  return impossible(
    awayCode,
    `Stripe does not answer (${stripe.reason}). Nothing is lost: Aurora asks again by itself. ` +
      "Try this again in a minute.",
  );
}

/** Applies what Stripe has just said of an order's payments, through the doors. */
export async function applyStripe(
  trx: Trx,
  { settings, ownership }: Pick<ActMeans, "settings" | "ownership">,
  { stripe }: Pick<OrderFacts, "stripe">,
): Promise<Advanced> {
  if (stripe.state !== "answered") return together();
  const { observedAt, refunds, disputes } = stripe;
  const known = stripe.intents.flatMap(({ paymentId, intent }) =>
    intent === "missing" ? [] : [{ paymentId, intent, observedAt }],
  );
  const looks = known
    .filter(({ intent }) => intent.status === "captured")
    .map(({ paymentId, intent }) => ({ paymentId, intentId: intent.id, observedAt }));
  const { applied: _, ...paid } = await applyIntents(trx, settings, await ownership(trx), known);
  const { results: __, ...returned } = await applyRefunds(
    trx,
    settings,
    looks.map((look) => ({
      ...look,
      refunds: refunds.filter(({ intentId }) => intentId === look.intentId),
    })),
  );
  const { results: ___, ...disputed } = await applyDisputes(
    trx,
    looks.map((look) => ({
      ...look,
      disputes: disputes.filter(({ intentId }) => intentId === look.intentId),
    })),
  );
  return together(paid, returned, disputed);
}
