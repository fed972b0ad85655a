import { z } from "zod";
import { extendHold as extend } from "../../orders/operators/extend-hold.ts";
import type { OrderFacts } from "../facts/facts.ts";
import { type Act, type Done, impossible, possible } from "./act.ts";
import { notHeld } from "./standing.ts";

const mostMinutes = 24 * 60;
const input = z.strictObject({
  minutes: z
    .int("Must be a whole number of minutes.")
    .min(1, "Must be at least 1.")
    .max(mostMinutes, `Must be at most ${mostMinutes}.`)
    .meta({ title: "Minutes", description: "How much longer, counted from the hold's end." }),
});
type Input = z.output<typeof input>;

/** Gives a customer more time to pay, as long as goods may be held at most. */
export const extendHold: Act<Input> = {
  name: "extend_hold",
  title: "Extend the hold",
  summary: "Gives the customer more time to pay.",
  leastRole: "operator",
  role: () => "operator",
  input,
  plan(facts, { minutes }) {
    const refused = notHeld(facts);
    if (refused) return refused;
    const { endsAt, most } = limitsOf(facts);
    if (minutes > most) {
      const left = most > 0 ? `At most ${most} more minutes are possible.` : goOnAnew;
      const because = `Goods are held for at most ${facts.holdMaxMinutes} minutes in all. ${left}`;
      return impossible("hold_too_long", because);
    }
    const end = new Date(endsAt.getTime() + minutes * 60_000);
    return possible(`The goods stay held until ${end.toISOString().slice(0, 16)}Z.`);
  },
  async perform(trx, { settings, hints }, { orderId, actor, input: { minutes } }): Promise<Done> {
    const { expiresAt, ...advanced } = await extend(trx, settings, { orderId, minutes, actor });
    return {
      ...advanced,
      sentence: `The goods stay held until ${expiresAt.toISOString().slice(0, 16)}Z.`,
      outcome: { expiresAt: expiresAt.toISOString() },
      afterCommit: async () => hints.ringAt(expiresAt),
    };
  },
};

const goOnAnew = "No more minutes are possible: let the customer order again.";

function limitsOf({ order, now, holdMaxMinutes }: OrderFacts): { endsAt: Date; most: number } {
  const endsAt = new Date(Math.max(order.expiresAt?.getTime() ?? 0, now.getTime()));
  const lastMs = (order.heldAt?.getTime() ?? 0) + holdMaxMinutes * 60_000;
  return { endsAt, most: Math.max(0, Math.floor((lastMs - endsAt.getTime()) / 60_000)) };
}
