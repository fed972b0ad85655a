import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { followOrder, type OrderEvent } from "../../docs/examples/follow-order.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { inTransaction } from "../../src/db/transaction.ts";
import { advance } from "../../src/orders/advance.ts";
import { orderTokens } from "../../src/orders/order-token.ts";
import { remark } from "../../src/orders/remark.ts";
import { createKey } from "../../src/orders/shops.ts";
import { startBalancer } from "../support/balancer.ts";
import { useDatabase } from "../support/database.ts";
import { dice } from "../support/dice.ts";
import { quiet, testSettings } from "../support/settings.ts";
import { openShop, placed, requestOf, stockProduct, type TestShop } from "../support/shop.ts";
import { waitFor } from "../support/wait-for.ts";
import { addressOf, startWeb, webSettings } from "../support/web.ts";

const orderCount = 40;
const remarksEach = 12;
/** Each is placed, checked out and expires besides. */
const eventsEach = remarksEach + 3;

const database = useDatabase();
let db: Db;
let shop: TestShop;
beforeAll(async () => {
  db = connect(testSettings(database.url, { DATABASE_POOL: 20 }), quiet, { connectSeconds: 15 });
  shop = await openShop(db);
  await stockProduct(db, "mug", 1_000_000);
});
afterAll(() => db.destroy());

/** Two web processes of one installation, behind one address. */
async function startProcesses() {
  const settings = webSettings(database.url);
  const processes = [startWeb(settings), startWeb(settings)];
  const balancer = await startBalancer(await Promise.all(processes.map(addressOf)));
  onTestFinished(balancer.end);
  return { processes, url: balancer.url, tokens: orderTokens(settings["SERVER_KEY"] ?? "") };
}

/** Lets things happen to an order, with pauses between them, until it expires. */
async function live(orderId: string, below: (limit: number) => number): Promise<void> {
  for (let nr = 0; nr < remarksEach; nr++) {
    await pause(below(400));
    await inTransaction(db, async (trx) => {
      await remark(trx, [{ orderId, event: "pay_link_sent", detail: { nr } }], "test");
      await pause(below(30));
    });
  }
  await inTransaction(db, (trx) =>
    advance(trx, testSettings(database.url), "draft_expired", [{ orderId }], "test"),
  );
}

/** Reads the feed as another system does, through failures, until it has so many events. */
async function readAll(url: string, key: string, count: number): Promise<OrderEvent[]> {
  const events: OrderEvent[] = [];
  let after = "";
  await waitFor(
    "the feed to be read",
    async () => {
      const path = `/v1/events?limit=50${after && `&after=${after}`}`;
      const headers = { authorization: `Bearer ${key}`, prefer: "wait=1" };
      const answer = await fetch(url + path, { headers });
      if (answer.status !== 200) return false;
      const page = (await answer.json()) as { data: OrderEvent[]; nextCursor: string };
      events.push(...page.data);
      after = page.nextCursor;
      return events.length >= count;
    },
    { timeoutMs: 60_000 },
  );
  return events;
}

describe("orders that are followed while one of two web processes is killed", () => {
  test("are told whole and once, by their streams and by the feed", async () => {
    const { seed, below } = dice();
    const { processes, url, tokens } = await startProcesses();
    const { key } = await createKey(db, shop.id, "secret");
    const settings = testSettings(database.url);
    const requests = Array.from({ length: orderCount }, () =>
      requestOf(shop, [{ sku: "mug", quantity: 1 }]),
    );
    const orderIds = await placed(db, settings, ...requests);

    const heard = new Map<string, number[]>(orderIds.map((id) => [id, []]));
    const followers = orderIds.map((id) => {
      const token = tokens.tokenOf({ id, tokenVersion: 1 });
      return followOrder(`${url}/v1/orders/${id}/events`, token, ({ seq }) => {
        heard.get(id)?.push(seq);
      });
    });
    const feed = readAll(url, key, orderCount * eventsEach);
    await waitFor("all to listen", () => [...heard.values()].every((seqs) => seqs.length === 2));

    const lives = orderIds.map((orderId) => live(orderId, below));
    const half = () => [...heard.values()].flat().length > (orderCount * eventsEach) / 3;
    await waitFor("things to happen", half, { timeoutMs: 30_000 });
    processes[0]?.child.kill("SIGKILL");
    await Promise.all([...lives, ...followers]);

    const all = Array.from({ length: eventsEach }, (_, index) => index + 1);
    for (const [id, seqs] of heard) expect(seqs, `order ${id}, seed ${seed}`).toEqual(all);
    const ids = (await feed).map((event) => event.id);
    const wanted = orderIds.flatMap((id) => all.map((seq) => `${id}-${seq}`));
    expect(ids.toSorted(), `seed ${seed}`).toEqual(wanted.toSorted());
    for (const orderId of orderIds) {
      const seqs = (await feed).filter((event) => event.orderId === orderId).map(({ seq }) => seq);
      expect(seqs, `order ${orderId}, seed ${seed}`).toEqual(all);
    }
  }, 120_000);
});
