import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { connect } from "../../../src/db/connect.ts";
import { createKey } from "../../../src/orders/shops.ts";
import { useDatabase } from "../../support/database.ts";
import { openStream } from "../../support/event-stream.ts";
import { quiet, testSettings } from "../../support/settings.ts";
import { openShop, placed, requestOf, stockProduct } from "../../support/shop.ts";
import { waitFor } from "../../support/wait-for.ts";
import { addressOf, startWeb, webSettings } from "../../support/web.ts";

const database = useDatabase();
let key = "";
let orderId = "";
beforeAll(async () => {
  const settings = testSettings(database.url);
  const db = connect(settings, quiet);
  const shop = await openShop(db);
  await stockProduct(db, "mug", 10);
  [orderId = ""] = await placed(db, settings, requestOf(shop, [{ sku: "mug", quantity: 1 }]));
  ({ key } = await createKey(db, shop.id, "secret"));
  await db.destroy();
});

test("a process that is told to stop lets go all who wait, and they may come back", async () => {
  const web = startWeb(webSettings(database.url));
  const url = await addressOf(web);
  const headers = { authorization: `Bearer ${key}`, prefer: "wait=20" };
  const stream = await openStream(`${url}/v1/orders/${orderId}/events`, key);
  await waitFor("the history", () => stream.seqs().length === 2);

  const body = JSON.stringify({
    contact: { email: "ada@example.com" },
    lines: [{ sku: "mug", quantity: 1 }],
  });
  const json = { "content-type": "application/json", "idempotency-key": randomUUID() };
  const post = { method: "POST", headers: { ...headers, ...json }, body };
  const placing = fetch(`${url}/v1/orders`, post);
  const end = await waitFor("the end of the feed", async () => {
    const page = await fetch(`${url}/v1/events`, {
      headers: { authorization: headers.authorization },
    });
    const { data, nextCursor } = (await page.json()) as { data: unknown[]; nextCursor: string };
    return data.length === 4 && nextCursor;
  });
  const reading = fetch(`${url}/v1/events?after=${end}`, { headers });
  // Whoever is asked after them is answered after they have begun to wait.
  expect((await fetch(`${url}/livez`)).status).toBe(200);

  const startedAt = performance.now();
  web.child.kill("SIGTERM");
  expect(await stream.ended).toBe("ended");
  expect(stream.parts().map(({ event }) => event)).not.toContain("end");
  expect((await placing).status).toBe(202);
  expect(await (await reading).json()).toEqual({ data: [], nextCursor: end, hasMore: false });
  expect(await web.ended).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
