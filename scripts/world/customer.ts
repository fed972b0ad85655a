import { setTimeout as delay } from "node:timers/promises";
import { AnsweredNo, type JsonClient, jsonClient } from "./json-client.ts";

/** Customers look again and again: often at first, then not so often that it costs the shop. */
const firstPauseMs = 15;
const pauseGrowth = 1.4;
const longestPauseMs = 150;
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
  paymentStatus: string;
  payment: { clientSecret?: string } | null;
}

/** An order in its customer's hands: what they see of it, and what they can do. */
type CancelWish = { refund: "full"; lines?: readonly { sku: string; quantity: number }[] };

export interface CustomerOrder {
  id: string;
  number: string;
  totalMinor: number;
  read(): Promise<OrderJson>;
  /** Waits until it stands in one of these, and answers in which. */
  until<Status extends string>(...statuses: Status[]): Promise<Status>;
  /** Waits until it can be paid, or it can't be any more: then there is no intent. */
  untilPayable(): Promise<string | undefined>;
  /** Waits until its history has this event. */
  untilHappened(event: string): Promise<void>;
  /** Gives a card to the stand-in for Stripe, once the order can be paid. */
  pay(card?: string): Promise<void>;
  /**
   * What the customer, or their bank, does next about a payment: authenticate,
   * fail_authentication, decline, dispute. Also when the order can no longer be paid.
   */
  answer(verb: string): Promise<void>;
  /** Also when it is paid, with a word on the money. */
  cancel(idempotencyKey: string, wish?: CancelWish): Promise<void>;
}

/** Places an order as a storefront does, with a key that may; reads it with another if told so. */
export async function placeOrder(
  world: { apiUrl: string; sandboxUrl: string },
  keys: { key: string; readWith?: string },
  body: OrderBody,
  idempotencyKey: string,
): Promise<CustomerOrder> {
  const askWithKey = patientClient(world.apiUrl, keys.key);
  const wish = { body, idempotencyKey };
  const placed = await askWithKey<OrderJson & { orderToken: string }>("POST", "/v1/orders", wish);
  const { id, number, totalMinor, orderToken } = placed.body;
  const ask = patientClient(world.apiUrl, keys.readWith ?? orderToken);
  const read = async () => (await ask<OrderJson>("GET", `/v1/orders/${id}`)).body;

  const intentOf = ({ payment }: OrderJson) => payment?.clientSecret?.split("_secret_")[0];
  let lastIntent: string | undefined;
  const untilPayable = async () => {
    const isDecided = (order: OrderJson) => intentOf(order) !== undefined || isOver(order);
    const intent = intentOf(await until(`order ${number} to be payable`, read, isDecided));
    lastIntent = intent ?? lastIntent;
    return intent;
  };
  const act = async (verb: string, wish: { card?: string }) => {
    const intent = (await untilPayable()) ?? lastIntent;
    if (intent === undefined) throw new Error(`Order ${number} can't be paid any more.`);
    await askStripe(jsonClient(world.sandboxUrl), intent, verb, wish);
  };
  return {
    ...{ id, number, totalMinor, read, untilPayable },
    async until(...statuses) {
      const what = `order ${number} to be ${statuses.join(" or ")}`;
      const isOne = (order: OrderJson) => statuses.some((status) => status === order.status);
      const { status: found } = await until(what, read, isOne);
      return found as (typeof statuses)[number];
    },
    async untilHappened(event) {
      type History = { data: { type: string }[] };
      const history = async () => (await ask<History>("GET", `/v1/orders/${id}/events`)).body.data;
      const has = (events: History["data"]) =>
        events.some((each) => each.type === `order.${event}`);
      await until(`${event} of order ${number}`, history, has);
    },
    pay: (card = "pm_card_visa") => act("pay", { card }),
    answer: (verb) => act(verb, {}),
    async cancel(idempotencyKey, body) {
      const wish = { idempotencyKey, ...(body && { body }) };
      await ask("POST", `/v1/orders/${id}/cancel`, wish);
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

/**
 * Asks as a storefront must: again, with the same key, when the shop says that it is too busy or
 * does not answer at all. Nothing is done twice by that.
 */
function patientClient(baseUrl: string, bearer: string): JsonClient {
  const ask = jsonClient(baseUrl, bearer);
  return async (...question) => {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      try {
        return await ask(...question);
      } catch (error) {
        const waitMs = secondsUntilRetry(error) * 1_000;
        if (!(performance.now() + waitMs < deadline)) throw error;
        await delay(waitMs);
      }
    }
  };
}

const secondsWithoutAnswer = 0.5;

/** Infinite for what asking again would not change. */
function secondsUntilRetry(error: unknown): number {
  if (!(error instanceof AnsweredNo)) return secondsWithoutAnswer;
  if (error.status !== 429 && error.status !== 503) return Number.POSITIVE_INFINITY;
  return error.retryAfterSeconds ?? secondsWithoutAnswer;
}

async function until<T>(
  what: string,
  look: () => Promise<T>,
  isEnough: (seen: T) => boolean,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * pauseGrowth, longestPauseMs)) {
    const seen = await look();
    if (isEnough(seen)) return seen;
    if (performance.now() > deadline) {
      throw new Error(`Waited ${patienceMs / 1_000} s for ${what}: ${JSON.stringify(seen)}`);
    }
    await delay(pauseMs);
  }
}
