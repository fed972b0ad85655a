import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { World } from "../../scripts/world/world.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { quiet } from "../support/settings.ts";
import { openStorefront, type Storefront } from "../support/storefront.ts";
import { waitFor } from "../support/wait-for.ts";

/** As many customers as wait for an answer at the same time. */
const atOnce = 20;
/** A customer whose request fails asks again, under the same key, for so long. */
const patienceMs = 60_000;

/** What the stand-ins' books say of each of the orders, and ours of all. */
type Books = {
  orders: number;
  captures: number[];
  /** Confirmations that arrived, beside how often we know to have sent one. */
  confirmations: { arrived: number; tries: number }[];
};

/** Customers whose cards are good: they want the same goods, and pay as soon as they can. */
export async function gatherCrowd(world: World, sku: string): Promise<Crowd> {
  const store = await openStorefront(world);
  await store.sandbox("POST", "/_sandbox/stripe/auto_pay", { body: { on: true } });
  await store.sell(sku, 1_000_000);
  return new Crowd(sku, store, connect(poolOf(world), quiet));
}

function poolOf({ databaseUrl }: World) {
  return { DATABASE_URL: databaseUrl, DATABASE_POOL: 2 };
}

export class Crowd {
  readonly #sku: string;
  readonly #store: Storefront;
  readonly #db: Db;

  constructor(sku: string, store: Storefront, db: Db) {
    this.#sku = sku;
    this.#store = store;
    this.#db = db;
  }

  /** They buy in as many waves as there are faults, each of which falls into a wave. */
  async buyUnder(
    faults: number,
    count: number,
    fault: (nth: number) => Promise<void>,
  ): Promise<string[]> {
    const waves: Promise<string[]>[] = [];
    for (let nth = 1; nth <= faults; nth++) {
      waves.push(this.#buy(Math.ceil(count / faults)));
      await waitFor(`work for fault ${nth}`, async () => {
        const { paid: _, ...others } = await this.#standing();
        return Object.values(others).some((waiting) => waiting > 0) || undefined;
      });
      await fault(nth);
    }
    return (await Promise.all(waves)).flat();
  }

  async untilAllArePaid(count: number, timeoutMs: number): Promise<void> {
    await untilNothingIsLeft(`${count} orders to be paid`, timeoutMs, async () => {
      const { paid = 0, ...others } = await this.#standing();
      return paid === count ? {} : { paid, ...others };
    });
    await untilNothingIsLeft("every message to be sent", timeoutMs, async () => {
      const { rows } = await sql<{ kind: string; count: number }>`
        SELECT concat(channel, ' ', status) AS kind, count(*) FROM notifications
        WHERE status <> 'sent' GROUP BY 1`.execute(this.#db);
      return Object.fromEntries(rows.map(({ kind, count }) => [kind, count]));
    });
  }

  async books(ids: readonly string[]): Promise<Books> {
    const captures = await this.#captures();
    const arrived = await this.#confirmations();
    const { rows } = await sql<{ id: string; tries: number }>`
      SELECT order_id AS id, tries FROM notifications
      WHERE template = 'order_paid' AND channel = 'email'`.execute(this.#db);
    const tries = new Map(rows.map((row) => [row.id, row.tries]));
    return {
      orders: sum(Object.values(await this.#standing())),
      captures: ids.map((id) => sum(captures.get(id) ?? [])),
      confirmations: ids.map((id) => ({
        arrived: arrived.get(id)?.length ?? 0,
        tries: tries.get(id) ?? 0,
      })),
    };
  }

  close(): Promise<void> {
    return this.#db.destroy();
  }

  async #buy(count: number): Promise<string[]> {
    const ids: string[] = [];
    let begun = 0;
    const customer = async () => {
      while (begun++ < count) ids.push(await this.#buyOne());
    };
    await Promise.all(Array.from({ length: atOnce }, customer));
    return ids;
  }

  async #buyOne(): Promise<string> {
    const key = randomUUID();
    const place = () => this.#store.order([{ sku: this.#sku, quantity: 1 }], {}, key);
    return (await waitFor("an order to be taken", place, { timeoutMs: patienceMs })).id;
  }

  /** How many of their orders stand in each status. */
  async #standing(): Promise<Record<string, number>> {
    const { rows } = await sql<{ status: string; count: number }>`
      SELECT status, count(*) FROM orders
      WHERE id IN (SELECT order_id FROM order_lines WHERE sku = ${this.#sku})
      GROUP BY 1`.execute(this.#db);
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  }

  async #captures(): Promise<Map<string, number[]>> {
    type Ledger = { intents: { orderId: string; chargesSucceeded: number }[] };
    const { body } = await this.#store.sandbox<Ledger>("GET", "/_sandbox/stripe/ledger");
    const byOrder = Map.groupBy(body.intents, ({ orderId }) => orderId);
    return new Map([...byOrder].map(([id, lines]) => [id, lines.map((l) => l.chargesSucceeded)]));
  }

  async #confirmations(): Promise<Map<string, object[]>> {
    type Mail = { orderId: string; categories: string[] };
    const { body } = await this.#store.sandbox<Mail[]>("GET", "/_sandbox/mail");
    const confirmations = body.filter(({ categories }) => categories.includes("order_paid"));
    return Map.groupBy(confirmations, ({ orderId }) => orderId);
  }
}

/** Waits until nothing is counted any more; says what is left when the time is over. */
async function untilNothingIsLeft(
  what: string,
  timeoutMs: number,
  count: () => Promise<Record<string, number>>,
): Promise<void> {
  await waitFor(
    what,
    async () => {
      const left = await count();
      if (Object.keys(left).length === 0) return true;
      throw new Error(JSON.stringify(left));
    },
    { timeoutMs },
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
