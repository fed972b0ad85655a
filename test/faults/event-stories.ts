import type { Dice } from "../support/dice.ts";
import type { StripeEvent } from "../workers/webhook-desk.ts";
import { eventsOf, type TellingMeans, type ToldOrder, untilToldOf } from "./told-orders.ts";

/**
 * What somebody does to an intent at Stripe: a verb of the stand-in, and the card. Before a move
 * `be_heard` all that was told so far has been acted on: what follows meets its results.
 */
export type Move = readonly [verb: string, card?: string];

export type Story = {
  name: string;
  moves: readonly Move[];
  /** How order and payment must stand in the end, in whatever order the events came. */
  ends: { order: string; payment: string; attention: string | null; moneyBack: string[] };
};

const paid = { order: "paid", payment: "captured", attention: null, moneyBack: [] };
const open = { order: "awaiting_payment", payment: "pending", attention: null, moneyBack: [] };
const secure = "pm_card_threeDSecure2Required";
const refundedMinor = 300;
const slow = "pm_usBankAccount_processing";

export const stories: readonly Story[] = [
  {
    name: "declined, then 3-D Secure refused, then paid",
    moves: [["decline"], ["pay", secure], ["fail_authentication"], ["pay"]],
    ends: paid,
  },
  { name: "paid with 3-D Secure", moves: [["pay", secure], ["authenticate"]], ends: paid },
  {
    name: "long on its way, then paid",
    moves: [["pay", slow], ["pay"]],
    ends: paid,
  },
  {
    name: "long on its way, then failed, then paid",
    moves: [["pay", slow], ["decline"], ["pay"]],
    ends: paid,
  },
  { name: "long on its way, then failed", moves: [["pay", slow], ["decline"]], ends: open },
  { name: "declined twice", moves: [["decline"], ["decline"]], ends: open },
  {
    name: "declined, then cancelled at Stripe",
    moves: [["decline"], ["cancel"]],
    // The order gets another payment; this one is over.
    ends: { ...open, payment: "cancelled" },
  },
  // Money that was given back before anybody here knew of it pays for nothing: that is another
  // story. Here it was heard of first.
  {
    name: "paid, then a part refunded by hand",
    moves: [["pay"], ["be_heard"], ["refund"]],
    ends: { ...paid, moneyBack: [`refund succeeded ${refundedMinor}`] },
  },
  {
    name: "paid, then disputed, then won",
    moves: [["pay"], ["be_heard"], ["dispute"], ["be_heard"], ["win"]],
    // That there was a dispute is shown to a person, who alone puts that away.
    ends: { ...paid, attention: "dispute_opened", moneyBack: ["dispute won 1000"] },
  },
];

type Telling = { deliver(event: StripeEvent): Promise<number>; chance: Dice };

/**
 * Moves the intent while its events are delivered: any of those that exist, some of them twice
 * at once, some of them again later. The bodies are hints: what they say may be long past.
 */
export async function playStory(
  means: TellingMeans,
  order: ToldOrder,
  { moves }: Story,
  { deliver, chance }: Telling,
): Promise<void> {
  const { intentId } = order;
  const left = [...moves];
  const told: StripeEvent[] = [];
  let untold: StripeEvent[] = await eventsOf(means, intentId);
  const underWay: Promise<number>[] = [];
  while (left.length > 0 || untold.length > 0) {
    const isTime = left[0]?.[0] !== "be_heard" && chance.below(3) === 0;
    const move = untold.length === 0 || isTime ? left.shift() : undefined;
    if (move?.[0] === "be_heard") {
      await Promise.all(underWay);
      await untilToldOf(means, order);
      continue;
    }
    if (move) {
      await make(means, intentId, move);
      const known = new Set([...told, ...untold].map(({ id }) => id));
      const news = (await eventsOf(means, intentId)).filter(({ id }) => !known.has(id));
      untold = chance.shuffled([...untold, ...news]);
      continue;
    }
    const event = untold.pop();
    if (!event) continue;
    told.push(event);
    const echoes = chance.below(4) === 0 ? [event, chance.pick(told)] : [];
    underWay.push(...[event, ...echoes].map((each) => deliver(each)));
    if (chance.below(2) === 0) await Promise.all(underWay);
  }
  const refused = (await Promise.all(underWay)).filter((status) => status !== 200);
  if (refused.length > 0) throw new Error(`Webhooks were answered with ${refused.join(", ")}.`);
}

export async function make({ standIns }: TellingMeans, intentId: string, [verb, card]: Move) {
  const { stripe, tell } = standIns;
  if (verb === "cancel") {
    await stripe.paymentIntents.cancel(intentId);
    return;
  }
  if (verb === "refund") {
    await stripe.refunds.create({ payment_intent: intentId, amount: refundedMinor });
    return;
  }
  if (verb === "win") {
    const { data } = await stripe.disputes.list({ payment_intent: intentId });
    for (const { id } of data) await tell(`/stripe/disputes/${id}/win`);
    return;
  }
  await tell(`/stripe/intents/${intentId}/${verb}`, card ? { card } : {}).catch((error) => {
    // A declined card is answered with 402, as Stripe does.
    if (!String(error).includes(" 402 ")) throw error;
  });
}
