import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type JsonClient, jsonClient } from "./json-client.ts";

const pauseMs = 20;
const patienceMs = 30_000;
const statusesThatMove = new Set(["draft", "reserving", "awaiting_payment"]);

interface OrderEvent {
  type: string;
  from: string | null;
  status: string;
  actor: string;
}

interface Order {
  id: string;
  number: string;
  currency: string;
  totalMinor: number;
  orderToken: string;
  payment: { clientSecret?: string } | null;
}

export interface Shopper {
  apiUrl: string;
  publishableKey: string;
  /** The stand-ins for Stripe and SendGrid; undefined where the real one is used. */
  stripeUrl: string | undefined;
  mailUrl: string | undefined;
  tell: (line: string) => void;
}

/** A body for POST /v1/orders that the local shop can fill. */
export const exampleOrder = {
  contact: { email: "ada@example.com", phone: "+447700900123", name: "Ada Lovelace", locale: "en" },
  lines: [
    { sku: "MUG-BLUE", quantity: 2 },
    { sku: "TEA-EARL-GREY", quantity: 1 },
  ],
};

/** Orders, pays and waits for the mail as a customer would, and tells each thing as it happens. */
export async function followOneOrder(shopper: Shopper): Promise<void> {
  const tell = stopwatch(shopper.tell);
  const asShop = jsonClient(shopper.apiUrl, shopper.publishableKey);
  const placed = await asShop<Order>("POST", "/v1/orders", {
    body: exampleOrder,
    idempotencyKey: randomUUID(),
  });
  const { id, number, orderToken, totalMinor, currency } = placed.body;
  const amount = `${(totalMinor / 100).toFixed(2)} ${currency.toUpperCase()}`;
  tell(`POST /v1/orders answered ${placed.status}: order ${number} over ${amount}`);

  const asGuest = jsonClient(shopper.apiUrl, orderToken);
  let status = "draft";
  for await (const { type, from, status: to, actor } of happenings(asGuest, id)) {
    const event = type.replace("order.", "");
    status = to;
    const move = from === to ? to : `${from ?? "nothing"} -> ${to}`;
    tell(`${event.padEnd(17)} ${move} (by ${actor})`);
    if (event !== "payment_started") continue;
    if (!shopper.stripeUrl) return tell("now the customer would pay: Stripe is the real one here");
    await pay(await asGuest<Order>("GET", `/v1/orders/${id}`), shopper.stripeUrl);
    tell("the customer paid at the stand-in for Stripe");
  }
  if (statusesThatMove.has(status)) return tell(`it is still ${status}: look into .aurora/logs`);
  if (shopper.mailUrl) tell(await waitForMail(shopper.mailUrl, id));
}

/** What happens to the order, as it happens, until it rests or our patience ends. */
async function* happenings(asGuest: JsonClient, orderId: string): AsyncGenerator<OrderEvent> {
  const deadline = performance.now() + patienceMs;
  for (let seen = 0; performance.now() < deadline; await delay(pauseMs)) {
    const path = `/v1/orders/${orderId}/events`;
    const { data } = (await asGuest<{ data: OrderEvent[] }>("GET", path)).body;
    yield* data.slice(seen);
    seen = data.length;
    if (!statusesThatMove.has(data.at(-1)?.status ?? "draft")) return;
  }
}

async function pay({ body }: { body: Order }, stripeUrl: string): Promise<void> {
  const intent = body.payment?.clientSecret?.split("_secret_")[0];
  if (!intent) throw new Error(`Order ${body.number} has no client secret to pay with.`);
  await jsonClient(stripeUrl)("POST", `/_sandbox/stripe/intents/${intent}/pay`);
}

async function waitForMail(mailUrl: string, orderId: string): Promise<string> {
  const inbox = jsonClient(mailUrl);
  const deadline = performance.now() + patienceMs;
  for (; performance.now() < deadline; await delay(pauseMs)) {
    const { body } = await inbox<{ subject: string }[]>("GET", `/_sandbox/mail?orderId=${orderId}`);
    if (body[0]) return `the mail arrived: "${body[0].subject}"`;
  }
  return "its mail has not come: look into .aurora/logs";
}

function stopwatch(tell: (line: string) => void): (line: string) => void {
  const begin = performance.now();
  return (line) =>
    tell(`${((performance.now() - begin) / 1000).toFixed(3).padStart(7)} s  ${line}`);
}
