import { readFileSync } from "node:fs";
import { type ClientRequest, request } from "node:http";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { connect, type Db } from "../../../src/db/connect.ts";
import { inTransaction } from "../../../src/db/transaction.ts";
import { orderTokens } from "../../../src/orders/order-token.ts";
import { remark } from "../../../src/orders/remark.ts";
import { useDatabase } from "../../support/database.ts";
import { fillWithOrders } from "../../support/many-orders.ts";
import { quiet, testSettings } from "../../support/settings.ts";
import { waitFor } from "../../support/wait-for.ts";
import { addressOf, startWeb, webSettings } from "../../support/web.ts";

const listenerCount = 2_000;
const mostMegabytes = 100;

const database = useDatabase();
let db: Db;
beforeAll(async () => {
  db = connect(testSettings(database.url), quiet, { statementSeconds: 120 });
  await fillWithOrders(db, 2_500);
}, 60_000);
afterAll(() => db.destroy());

/** What a process holds of the machine's memory, in megabytes. */
function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const [, kilobytes = "0"] = /^VmRSS:\s+(\d+)/m.exec(status) ?? [];
  return Math.round(Number(kilobytes) / 1_024);
}

type Listener = { seen: number; leave(): void };

/** Somebody who follows an order; `seen` is the seq of the last event that came. */
function listen(url: string, token: string): Listener {
  const headers = { accept: "text/event-stream", authorization: `Bearer ${token}` };
  let asking: ClientRequest;
  const listener = { seen: 0, leave: () => void asking.destroy() };
  const ask = () => {
    asking = request(url, { agent: false, headers }, (answer) => {
      // So many at once are sometimes too many: they come back, as they are told to.
      if (answer.statusCode === 503) return void answer.resume().on("end", ask);
      answer.setEncoding("utf8").on("error", () => undefined);
      answer.on("data", (text: string) => {
        listener.seen = Number([...text.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? listener.seen);
      });
    });
    asking.on("error", () => undefined).end();
  };
  ask();
  return listener;
}

async function inGroups<Item>(items: readonly Item[], work: (group: Item[]) => Promise<unknown>) {
  for (let from = 0; from < items.length; from += 100) await work(items.slice(from, from + 100));
}

test(`one process lets ${listenerCount} follow orders within ${mostMegabytes} MB`, async () => {
  const settings = webSettings(database.url);
  const web = startWeb(settings);
  const base = await addressOf(web);
  const { tokenOf } = orderTokens(settings["SERVER_KEY"] ?? "");
  const orders = await db
    .selectFrom("orders")
    .select(["id", "token_version as tokenVersion"])
    .where("status", "=", "paid")
    .limit(listenerCount)
    .execute();
  expect(orders).toHaveLength(listenerCount);
  const urlOf = (id: string) => `${base}/v1/orders/${id}/events`;

  // A process that has worked before: V8 and malloc keep what a burst of requests once needed.
  await inGroups(orders, (group) =>
    Promise.all(
      group.map(async (order) => {
        const headers = { authorization: `Bearer ${tokenOf(order)}` };
        return await (await fetch(urlOf(order.id), { headers })).text();
      }),
    ),
  );
  const before = residentMegabytes(web.child.pid ?? 0);

  const listeners: Listener[] = [];
  onTestFinished(() => {
    for (const { leave } of listeners) leave();
  });
  const hear = (what: string, group: readonly Listener[], seq: number) =>
    waitFor(what, () => group.every(({ seen }) => seen === seq), { timeoutMs: 30_000 });
  await inGroups(orders, async (group) => {
    const fresh = group.map((order) => listen(urlOf(order.id), tokenOf(order)));
    listeners.push(...fresh);
    await hear("their histories", fresh, 4);
  });
  for (let seq = 5; seq < 10; seq++) {
    const remarks = orders.map(({ id }) => ({ orderId: id, event: "pay_link_sent" as const }));
    await inTransaction(db, (trx) => remark(trx, remarks, "test"));
    await hear("all to hear of it", listeners, seq);
  }
  const now = residentMegabytes(web.child.pid ?? 0);
  console.log(`${listenerCount} listeners: ${before} MB before, ${now} MB with them`);
  expect(now - before).toBeLessThan(mostMegabytes);
}, 120_000);
