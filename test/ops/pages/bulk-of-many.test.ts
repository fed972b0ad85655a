import { sql } from "kysely";
import { beforeAll, expect, test } from "vitest";
import { openShop, placed, requestOf, stockProduct } from "../../support/shop.ts";
import { hiddenIn, textOf, useBrowsers } from "./browsing.ts";

const { api, see } = useBrowsers();

/** More than are looked at for one answer. */
const others = 501;

/** Orders whose mail was refused; what costs more stands before it in the list. */
let ids: string[];
beforeAll(async () => {
  const shop = await openShop(api.db);
  await stockProduct(api.db, "dear", 1_000, 9_000);
  await stockProduct(api.db, "cheap", 1_000, 100);
  const order = (sku: string) => requestOf(shop, [{ sku, quantity: 1 }]);
  const cheap = await placed(api.db, api.settings, order("cheap"));
  ids = [...cheap];
  for (let left = others; left > 0; left -= 100) {
    const some = Array.from({ length: Math.min(100, left) }, () => order("dear"));
    ids.push(...(await placed(api.db, api.settings, ...some)));
  }
  await sql`INSERT INTO notifications (id, order_id, seq, template, channel, status, reason)
    SELECT gen_random_uuid(), id, 1, 'order_rejected', 'email', 'failed', 'no such mailbox'
    FROM unnest(${ids}::uuid[]) AS o (id)`.execute(api.db);
}, 60_000);

test("an order behind the first page of its group is not said to have left it", async () => {
  const [behind = "", ...before] = ids;
  const listed = (await see("/ops?code=mail_failed")).body;
  expect(listed).not.toContain(behind);
  const named = [behind, before[0] ?? ""].map((id) => `&order=${id}`).join("");
  const { body } = await see(`/ops/bulk?code=mail_failed${named}`);
  expect(textOf(body)).not.toContain("It is not in this group any more");
  expect(textOf(body)).toContain("2 of 2 orders can be helped like this.");
  const items = hiddenIn(body).filter(([name]) => name === "item");
  expect(items.map(([, item]) => JSON.parse(item).orderId).sort()).toEqual(
    [behind, before[0]].sort(),
  );
});
