import { randomUUID } from "node:crypto";
import type { Outcome, Panel } from "../../../src/ops/switchboard/control.ts";
import { placeOrder } from "../customer.ts";
import { exampleOrder } from "../first-order.ts";
import { jsonClient } from "../json-client.ts";
import type { ShopKeys } from "../local-settings.ts";
import { type Answer, answersTo } from "./bank-answers.ts";
import { type Customer, customers } from "./customers.ts";
import { leaps, type OrderClock } from "./order-clock.ts";
import { parcels, sendParcel } from "./parcels.ts";
import type { IntentLine, StandInDesk } from "./stand-in-desk.ts";

const ordersShown = 8;

type Listed = { id: string; number: string; status: string };

/** Waits for a payment, so that its clock can be put ahead. */
const waits = ({ status }: Listed) => status === "awaiting_payment";

/** Customers of the local shop: they place orders, and do what customers and banks do next. */
export class ShopDesk {
  readonly #urls: { apiUrl: string; sandboxUrl: string };
  readonly #desk: StandInDesk;
  readonly #clock: OrderClock;
  readonly #tell: (sentence: string) => void;
  #keys: ShopKeys | undefined;

  constructor(
    { clock, ...urls }: { apiUrl: string; sandboxUrl: string; clock: OrderClock },
    desk: StandInDesk,
    tell: (sentence: string) => void,
  ) {
    this.#urls = urls;
    this.#desk = desk;
    this.#clock = clock;
    this.#tell = tell;
  }

  open(keys: ShopKeys): void {
    this.#keys = keys;
  }

  customers(): Panel["customers"] {
    if (!this.#keys) return [];
    return customers.map(({ id, label, happens }) => ({ id, label, happens }));
  }

  /** The latest, with those that have expired: money may still come for them. */
  async orders(): Promise<Panel["orders"]> {
    if (!this.#keys) return [];
    const ask = jsonClient(this.#urls.apiUrl, this.#keys.secretKey);
    const lists = ["", "&status=expired"].map(async (which) => {
      const path = `/v1/orders?limit=${ordersShown}${which}`;
      return (await ask<{ data: Listed[] }>("GET", path)).body.data;
    });
    // Ids are in the order of time.
    const all = (await Promise.all(lists))
      .flat()
      .sort((one, other) => (one.id < other.id ? 1 : -1));
    return await Promise.all(
      all.slice(0, ordersShown).map(async (order) => {
        const answers = (await this.#answersTo(order.id)).map(({ answer }) => answer);
        const parcelsNow = parcels.filter(({ from }) => from.includes(order.status));
        const acts = [...parcelsNow, ...answers, ...(waits(order) ? leaps : [])];
        const { id, number, status } = order;
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
    const parcel = parcels.find(({ id }) => id === answerId);
    if (parcel && this.#keys) {
      const shop = jsonClient(this.#urls.apiUrl, this.#keys.secretKey);
      const sentence = await sendParcel(shop, orderId, parcel.id);
      return sentence === undefined ? undefined : { sentence, orderId };
    }
    const leap = leaps.find(({ id }) => id === answerId);
    if (leap) {
      if (!(await this.#clock(orderId, leap))) return undefined;
      return { sentence: `${leap.label} for one order.`, orderId };
    }
    const found = (await this.#answersTo(orderId)).find(({ answer }) => answer.id === answerId);
    if (!found) return undefined;
    await found.answer.run(this.#desk, found.intent);
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
    const all = intents.flatMap((intent) =>
      answersTo(intent).map((answer) => ({ intent, answer })),
    );
    // Where two payments could be answered alike, the older one is.
    return all.filter(({ answer: { id } }, place) => {
      return all.findIndex(({ answer }) => answer.id === id) === place;
    });
  }
}
