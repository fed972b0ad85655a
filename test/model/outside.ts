import type { Letter } from "./letters.ts";
import type { TinyStripe } from "./tiny-stripe.ts";

type Pay = Extract<Letter, { does: "pay" | "settle" }>;
type ByOthers = Extract<Letter, { does: "atStripe" }>;

/** What a customer does with a payment that is open to them, or their bank with one on its way. */
export function pay(stripe: TinyStripe, intentId: string, how: Pay["how"]): void {
  if (how === "ok") stripe.capture(intentId);
  else if (how === "short") stripe.capture(intentId, 1);
  else if (how === "decline") stripe.decline(intentId);
  else if (how === "action") stripe.ask(intentId);
  else stripe.putOnItsWay(intentId);
}

/** What other hands do at Stripe: in its dashboard, at the bank. */
export function actAtStripe(stripe: TinyStripe, { nr, what }: ByOthers): void {
  const intents = [...stripe.intents.values()];
  const all = intents.filter(({ status }) => status === "captured");
  const captured = pick(all, nr)?.id;
  const refund = pick(stripe.refunds, nr);
  const dispute = pick(stripe.disputes, nr);
  if (what === "cancel") {
    const open = intents.filter(({ id }) => stripe.isOpen(id));
    const id = pick(open, nr)?.id;
    if (id) stripe.cancel(id);
  } else if (what === "refund" && captured) stripe.giveBack(captured);
  else if (what === "dispute" && captured) stripe.dispute(captured);
  else if (what === "inquire" && captured) stripe.dispute(captured, "inquiry");
  else if (what === "accept" && refund) stripe.settleRefund(refund, "succeeded");
  else if (what === "bounce" && refund) stripe.settleRefund(refund, "failed");
  else if (what === "win" && dispute) stripe.closeDispute(dispute, "won");
  else if (what === "lose" && dispute) stripe.closeDispute(dispute, "lost");
}

/** The nth of them, counted round; undefined where there is none. */
export function pick<Item>(items: readonly Item[], nr: number): Item | undefined {
  return items[nr % Math.max(items.length, 1)];
}
