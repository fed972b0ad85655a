import { sql } from "kysely";
import { afterAll, beforeAll } from "vitest";
import { connect, type Db } from "../../src/db/connect.ts";
import { inTransaction, type Trx } from "../../src/db/transaction.ts";
import { type FeedQuery, readFeed } from "../../src/orders/feed.ts";
import type { FeedCursor } from "../../src/orders/feed-cursor.ts";
import { remark } from "../../src/orders/remark.ts";
import type { HistoryEvent } from "../../src/orders/told-events.ts";
import { useDatabase } from "../support/database.ts";
import { quiet, testSettings } from "../support/settings.ts";
import { openShop, placed, requestOf, stockProduct, type TestShop } from "../support/shop.ts";
import { waitFor } from "../support/wait-for.ts";

/** Somebody who reads a shop's feed page by page, and keeps where they are. */
export type FeedReader = {
  cursor: FeedCursor | null;
  /** What was read so far, each as `<order> <seq>`. */
  seen: string[];
  /** Reads until nothing more is there; answers what was new. */
  catchUp(): Promise<string[]>;
};

/** A shop on a database of its own, whose orders get events by hand. */
export function useFeedDesk() {
  const database = useDatabase();
  const desk = {} as Awaited<ReturnType<typeof open>>;
  beforeAll(async () => void Object.assign(desk, await open(database.url)));
  afterAll(() => desk.db.destroy());
  return desk;
}

async function open(url: string) {
  const settings = testSettings(url, { DATABASE_POOL: 30 });
  const db: Db = connect(settings, quiet, { connectSeconds: 15 });
  const shop: TestShop = await openShop(db);
  await stockProduct(db, "mug", 1_000_000);

  const order = async (of = shop): Promise<string> => {
    const [id] = await placed(db, settings, requestOf(of, [{ sku: "mug", quantity: 1 }]));
    return id ?? "";
  };
  /** One more event of an order, as everything in the domain writes it: under the order's lock. */
  const happen = async (trx: Trx, orderId: string, nr = 0): Promise<string> => {
    await sql`SELECT FROM orders WHERE id = ${orderId} FOR NO KEY UPDATE`.execute(trx);
    const [seq] = await remark(trx, [{ orderId, event: "pay_link_sent", detail: { nr } }], "test");
    return `${orderId} ${seq}`;
  };
  const reader = (query: Partial<FeedQuery> = {}): FeedReader => {
    const state: FeedReader = { cursor: null, seen: [], catchUp };
    async function catchUp(): Promise<string[]> {
      const fresh: string[] = [];
      for (let more = true; more; ) {
        const wanted = { shopId: shop.id, after: state.cursor, limit: 7, events: null, ...query };
        const page = await readFeed(db, wanted);
        fresh.push(...page.events.map(nameOf));
        state.cursor = page.cursor;
        more = page.hasMore;
      }
      state.seen.push(...fresh);
      return fresh;
    }
    return state;
  };
  /** A reader who has read everything so far. */
  const readerAtTheEnd = async (): Promise<FeedReader> => {
    const atTheEnd = reader();
    await untilRead(atTheEnd, `${await order()} 2`);
    atTheEnd.seen = [];
    return atTheEnd;
  };
  return {
    ...{ url, db, settings, shop, order, happen, reader, readerAtTheEnd },
    happenNow: (orderId: string) => inTransaction(db, (trx) => happen(trx, orderId)),
  };
}

/** Reads until all of these have come: other transactions of the server hold the feed back, too. */
export async function untilRead(reader: FeedReader, ...names: readonly string[]): Promise<void> {
  await waitFor("the feed to show what happened", async () => {
    await reader.catchUp();
    return names.every((name) => reader.seen.includes(name));
  });
}

function nameOf({ orderId, seq }: Pick<HistoryEvent, "orderId" | "seq">): string {
  return `${orderId} ${seq}`;
}
