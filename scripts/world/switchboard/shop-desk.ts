import { randomUUID } from "node:crypto";
import type { Outcome, Panel } from "../../../src/ops/switchboard/control.ts";
import { placeOrder } from "../customer.ts";
import { exampleOrder } from "../first-order.ts";
import { jsonClient } from "../json-client.ts";
import type { ShopKeys } from "../local-settings.ts";
import { type Customer, customers } from "./customers.ts";
import type { IntentLine, StandInDesk } from "./stand-in-desk.ts";

const ordersShown = 8;

type Listed = { id: string; number: string; status: string };

/** What a customer, or their bank, can do next, by how the payment stands at Stripe. */
interface Answer {
  id: string;
  label: string;
  /** The control route of the stand-in. */
  path: (intent: IntentLine) => string;
  body?: object;
}

const ofIntent = (verb: string) => (intent: IntentLine) => `stripe/intents/${intent.id}/${verb}`;
const ofRefund = (verb: string) => (intent: IntentLine) =>
  `stripe/refunds/${intent.refunds.find(isPending)?.id}/${verb}`;
const ofDispute = (verb: string) => (intent: IntentLine) =>
  `stripe/disputes/${intent.disputes.find(isOpen)?.id}/${verb}`;
const isPending = ({ status }: { status: string }) => status === "pending";
const isOpen = ({ status }: { status: string }) => !["won", "lost"].includes(status);

const toPay: Answer[] = [
  { id: "pay", label: "Pay", path: ofIntent("pay") },
  { id: "decline", label: "Try a card that is declined", path: ofIntent("decline") },
];
const toAnswer: Answer[] = [
  { id: "authenticate", label: "Approve 3D Secure", path: ofIntent("authenticate") },
  { id: "fail_authentication", label: "Refuse 3D Secure", path: ofIntent("fail_authentication") },
];
const toEnd: Answer[] = [
  { id: "pay", label: "The money arrives", path: ofIntent("pay") },
  { id: "decline", label: "The debit fails", path: ofIntent("decline") },
];
const toDispute: Answer[] = [
  { id: "dispute", label: "Dispute the payment", path: ofIntent("dispute"), body: {} },
];
const refundEnds: Answer[] = [
  { id: "refund_succeeds", label: "The refund arrives", path: ofRefund("succeed") },
  { id: "refund_fails", label: "The refund fails", path: ofRefund("fail") },
];
const disputeEnds: Answer[] = [
  { id: "dispute_won", label: "The shop wins the dispute", path: ofDispute("win") },
  { id: "dispute_lost", label: "The shop loses the dispute", path: ofDispute("lose") },
];

/** Customers of the local shop: they place orders, and do what customers and banks do next. */
export class ShopDesk {
  readonly #urls: { apiUrl: string; sandboxUrl: string };
  readonly #desk: StandInDesk;
  readonly #tell: (sentence: string) => void;
  #keys: ShopKeys | undefined;

  constructor(
    urls: { apiUrl: string; sandboxUrl: string },
    desk: StandInDesk,
    tell: (sentence: string) => void,
  ) {
    this.#urls = urls;
    this.#desk = desk;
    this.#tell = tell;
  }

  open(keys: ShopKeys): void {
    this.#keys = keys;
  }

  customers(): Panel["customers"] {
    if (!this.#keys) return [];
    return customers.map(({ id, label, happens }) => ({ id, label, happens }));
  }

  async orders(): Promise<Panel["orders"]> {
    if (!this.#keys) return [];
    const ask = jsonClient(this.#urls.apiUrl, this.#keys.secretKey);
    const path = `/v1/orders?limit=${ordersShown}`;
    const { data } = (await ask<{ data: Listed[] }>("GET", path)).body;
    return await Promise.all(
      data.map(async ({ id, number, status }) => {
        const acts = (await this.#answersTo(id)).map(({ answer }) => answer);
        return { id, number, status, acts: acts.map((act) => ({ id: act.id, label: act.label })) };
      }),
    );
  }

  /** Places an order; what its customer does next goes on behind the answer. */
  async place(customerId: string): Promise<Outcome | undefined> {
    const customer = customers.find(({ id }) => id === customerId);
    if (!customer || !this.#keys) return undefined;
    const order = await placeOrder(
      this.#urls,
      { key: this.#keys.publishableKey, readWith: this.#keys.secretKey },
      { contact: { ...exampleOrder.contact, locale: "en" }, lines: customer.lines },
      `switchboard-${randomUUID()}`,
    );
    void this.#letAct(customer, order);
    const how = customer.label.charAt(0).toLowerCase() + customer.label.slice(1);
    return {
      sentence: `Order ${order.number} was placed: its customer ${how}.`,
      orderId: order.id,
    };
  }

  async answer(orderId: string, answerId: string): Promise<Outcome | undefined> {
    const found = (await this.#answersTo(orderId)).find(({ answer }) => answer.id === answerId);
    if (!found) return undefined;
    await this.#desk.tell(found.answer.path(found.intent), found.answer.body);
    return { sentence: `Done for the customer: ${found.answer.label}.`, orderId };
  }

  async #letAct(customer: Customer, order: Awaited<ReturnType<typeof placeOrder>>): Promise<void> {
    try {
      await customer.act(order, this.#desk);
    } catch (error) {
      this.#tell(`The customer of order ${order.number} gave up: ${String(error)}`);
    }
  }

  async #answersTo(orderId: string): Promise<{ intent: IntentLine; answer: Answer }[]> {
    const intents = await this.#desk.intentsOf(orderId);
    return intents.flatMap((intent) => answersTo(intent).map((answer) => ({ intent, answer })));
  }
}

function answersTo(intent: IntentLine): Answer[] {
  if (intent.status === "requires_payment_method") return toPay;
  if (intent.status === "requires_action") return toAnswer;
  if (intent.status === "processing") return toEnd;
  if (intent.status !== "succeeded") return [];
  return [
    ...(intent.refunds.some(isPending) ? refundEnds : []),
    ...(intent.disputes.some(isOpen) ? disputeEnds : []),
    ...(intent.disputes.length === 0 && intent.refunds.length === 0 ? toDispute : []),
  ];
}
