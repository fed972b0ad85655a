import { setTimeout as delay } from "node:timers/promises";
import { type JsonClient, jsonClient } from "./json-client.ts";

const firstPauseMs = 10;
const longestPauseMs = 100;
const patienceMs = 60_000;

export interface OrderBody {
  contact: { email: string; phone?: string; name?: string; locale?: "en" | "ru" };
  lines: readonly { sku: string; quantity: number }[];
  adjustments?: readonly { kind: string; name: string; amountMinor: number }[];
  customerRef?: string;
}

interface OrderJson {
  id: string;
  number: string;
  status: string;
  totalMinor: number;
  payment: { clientSecret?: string } | null;
}

/** An order in its customer's hands: what they see of it, and what they can do. */
export interface CustomerOrder {
  id: string;
  number: string;
  totalMinor: number;
  read(): Promise<OrderJson>;
  /** Waits until it stands in one of these, and answers in which. */
  until(...statuses: string[]): Promise<string>;
  /** Waits until it can be paid, or it can't be any more: then there is no intent. */
  untilPayable(): Promise<string | undefined>;
  /** Waits until its history has this event. */
  untilHappened(event: string): Promise<void>;
  /** Gives a card to the stand-in for Stripe, once the order can be paid. */
  pay(card?: string): Promise<void>;
  /** What the customer does next about a payment: authenticate, fail_authentication, decline. */
  answer(verb: string): Promise<void>;
  cancel(idempotencyKey: string): Promise<void>;
}

/** Places an order as a storefront does, with a key that may; reads it with another if told so. */
export async function placeOrder(
  world: { apiUrl: string; sandboxUrl: string },
  keys: { key: string; readWith?: string },
  body: OrderBody,
  idempotencyKey: string,
): Promise<CustomerOrder> {
  const placed = await jsonClient(world.apiUrl, keys.key)<OrderJson & { orderToken: string }>(
    "POST",
    "/v1/orders",
    { body, idempotencyKey },
  );
  const { id, number, totalMinor, orderToken } = placed.body;
  const ask = jsonClient(world.apiUrl, keys.readWith ?? orderToken);
  const read = async () => (await ask<OrderJson>("GET", `/v1/orders/${id}`)).body;

  const intentOf = ({ payment }: OrderJson) => payment?.clientSecret?.split("_secret_")[0];
  const untilPayable = async () => {
    const isDecided = (order: OrderJson) => intentOf(order) !== undefined || isOver(order);
    return intentOf(await until(`order ${number} to be payable`, read, isDecided));
  };
  const act = async (verb: string, wish: { card?: string }) => {
    const intent = await untilPayable();
    if (intent === undefined) throw new Error(`Order ${number} can't be paid any more.`);
    await askStripe(jsonClient(world.sandboxUrl), intent, verb, wish);
  };
  return {
    ...{ id, number, totalMinor, read, untilPayable },
    async until(...statuses) {
      const what = `order ${number} to be ${statuses.join(" or ")}`;
      return (await until(what, read, ({ status }) => statuses.includes(status))).status;
    },
    async untilHappened(event) {
      type History = { data: { event: string }[] };
      const history = async () => (await ask<History>("GET", `/v1/orders/${id}/events`)).body.data;
      const has = (events: History["data"]) => events.some((each) => each.event === event);
      await until(`${event} of order ${number}`, history, has);
    },
    pay: (card = "pm_card_visa") => act("pay", { card }),
    answer: (verb) => act(verb, {}),
    async cancel(idempotencyKey) {
      await ask("POST", `/v1/orders/${id}/cancel`, { idempotencyKey });
    },
  };
}

function isOver({ status }: OrderJson): boolean {
  return !["draft", "reserving", "awaiting_payment"].includes(status);
}

/** The stand-in answers with the intent also when the card is declined: that is no failure here. */
async function askStripe(
  sandbox: JsonClient,
  intent: string,
  verb: string,
  body: object,
): Promise<void> {
  await sandbox("POST", `/_sandbox/stripe/intents/${intent}/${verb}`, { body });
}

async function until<T>(
  what: string,
  look: () => Promise<T>,
  isEnough: (seen: T) => boolean,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.2, longestPauseMs)) {
    const seen = await look();
    if (isEnough(seen)) return seen;
    if (performance.now() > deadline) {
      throw new Error(`Waited ${patienceMs / 1_000} s for ${what}: ${JSON.stringify(seen)}`);
    }
    await delay(pauseMs);
  }
}
