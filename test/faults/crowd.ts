import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { World } from "../../scripts/world/world.ts";
import { connect } from "../../src/db/connect.ts";
import { quiet } from "../support/settings.ts";
import { openStorefront, type Storefront } from "../support/storefront.ts";
import { waitFor } from "../support/wait-for.ts";

/** A crowd of customers whose cards are good: every order that is payable is paid at once. */
export type Crowd = {
  store: Storefront;
  /** Places so many orders, a few at a time, each with retries under its own key. */
  buy(count: number): Promise<string[]>;
  /** Lets them buy in as many waves as there are faults, each of which falls into a wave. */
  buyUnder(faults: number, count: number, fault: (nth: number) => Promise<void>): Promise<string[]>;
  /** How many of the orders stand in each status. */
  standing(): Promise<Record<string, number>>;
  untilAllArePaid(count: number, timeoutMs: number): Promise<void>;
  /** What the stand-ins' books and ours say of each of the orders. */
  books(ids: readonly string[]): Promise<Books>;
  close(): Promise<void>;
};

type Books = {
  orders: number;
  captures: number[];
  /** Confirmations that arrived, beside how often we know to have sent one. */
  confirmations: { arrived: number; tries: number }[];
};
type Ledger = { intents: { orderId: string; chargesSucceeded: number }[] };
type Mail = { orderId: string; categories: string[] };

/** As many customers as wait for an answer at the same time. */
const atOnce = 20;
/** A customer whose request fails asks again for so long. */
const patienceMs = 60_000;

export async function gatherCrowd(world: World, sku: string): Promise<Crowd> {
  const store = await openStorefront(world);
  const db = connect({ DATABASE_URL: world.databaseUrl, DATABASE_POOL: 2 }, quiet);
  await store.sandbox("POST", "/_sandbox/stripe/auto_pay", { body: { on: true } });
  await store.sell(sku, 1_000_000);

  async function standing(): Promise<Record<string, number>> {
    const { rows } = await sql<{ status: string; count: number }>`
      SELECT status, count(*) FROM orders
      WHERE id IN (SELECT order_id FROM order_lines WHERE sku = ${sku}) GROUP BY 1`.execute(db);
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  }

  async function buyOne(): Promise<string> {
    const key = randomUUID();
    const order = await waitFor(
      "an order to be taken",
      () => store.order([{ sku, quantity: 1 }], {}, key),
      { timeoutMs: patienceMs },
    );
    return order.id;
  }

  async function buy(count: number): Promise<string[]> {
    const ids: string[] = [];
    let begun = 0;
    const customer = async () => {
      while (begun++ < count) ids.push(await buyOne());
    };
    await Promise.all(Array.from({ length: atOnce }, customer));
    return ids;
  }

  return {
    store,
    standing,
    buy,
    async buyUnder(faults, count, fault) {
      const waves: Promise<string[]>[] = [];
      for (let nth = 1; nth <= faults; nth++) {
        waves.push(buy(Math.ceil(count / faults)));
        await waitFor(`work for fault ${nth}`, async () => {
          const { paid = 0, ...others } = await standing();
          return Object.values(others).some((waiting) => waiting > 0) || undefined;
        });
        await fault(nth);
      }
      return (await Promise.all(waves)).flat();
    },
    async untilAllArePaid(count, timeoutMs) {
      await waitFor(
        `${count} orders to be paid`,
        async () => {
          const found = await standing();
          if (found["paid"] === count) return true;
          throw new Error(JSON.stringify(found));
        },
        { timeoutMs },
      );
      await waitFor(
        "every message to be sent",
        async () => {
          const { rows } = await sql<{ status: string; channel: string; count: number }>`
            SELECT channel, status, count(*) FROM notifications
            WHERE status <> 'sent' GROUP BY 1, 2`.execute(db);
          if (rows.length === 0) return true;
          throw new Error(JSON.stringify(rows));
        },
        { timeoutMs },
      );
    },
    async books(ids) {
      const ledger = (await store.sandbox<Ledger>("GET", "/_sandbox/stripe/ledger")).body;
      const mails = (await store.sandbox<Mail[]>("GET", "/_sandbox/mail")).body;
      const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0);
      const { rows } = await sql<{ id: string; tries: number }>`
        SELECT order_id AS id, tries FROM notifications
        WHERE template = 'order_paid' AND channel = 'email'`.execute(db);
      const tries = new Map(rows.map((row) => [row.id, row.tries]));
      return {
        orders: sum(Object.values(await standing())),
        captures: ids.map((id) =>
          sum(ledger.intents.filter((each) => each.orderId === id).map((i) => i.chargesSucceeded)),
        ),
        confirmations: ids.map((id) => ({
          arrived: mails.filter(
            (mail) => mail.orderId === id && mail.categories.includes("order_paid"),
          ).length,
          tries: tries.get(id) ?? 0,
        })),
      };
    },
    close: () => db.destroy(),
  };
}
