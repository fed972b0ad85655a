import type { Dice } from "../support/dice.ts";
import type { StripeEvent } from "../workers/webhook-desk.ts";
import { eventsOf, type TellingMeans, type ToldOrder } from "./told-orders.ts";

/** What somebody does to an intent at Stripe: a verb of the stand-in, and the card. */
export type Move = readonly [verb: string, card?: string];

export type Story = {
  name: string;
  moves: readonly Move[];
  /** How order and payment must stand in the end, in whatever order the events came. */
  ends: { order: string; payment: string; attention: null };
};

const paid = { order: "paid", payment: "captured", attention: null };
const open = { order: "awaiting_payment", payment: "pending", attention: null };
const secure = "pm_card_threeDSecure2Required";
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
];

type Telling = { deliver(event: StripeEvent): Promise<number>; chance: Dice };

/**
 * Moves the intent while its events are delivered: any of those that exist, some of them twice
 * at once, some of them again later. The bodies are hints: what they say may be long past.
 */
export async function playStory(
  means: TellingMeans,
  { intentId }: ToldOrder,
  { moves }: Story,
  { deliver, chance }: Telling,
): Promise<void> {
  const left = [...moves];
  const told: StripeEvent[] = [];
  let untold: StripeEvent[] = await eventsOf(means, intentId);
  const underWay: Promise<number>[] = [];
  while (left.length > 0 || untold.length > 0) {
    const move = untold.length === 0 || chance.below(3) === 0 ? left.shift() : undefined;
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
  if (verb === "cancel") {
    await standIns.stripe.paymentIntents.cancel(intentId);
    return;
  }
  const path = `/stripe/intents/${intentId}/${verb}`;
  await standIns.tell(path, card ? { card } : {}).catch((error) => {
    // A declined card is answered with 402, as Stripe does.
    if (!String(error).includes(" 402 ")) throw error;
  });
}
