import { sql } from "kysely";
import { expect, test } from "vitest";
import { planOf } from "../../src/ops/acts/acts.ts";
import { listProblems } from "../../src/ops/problems.ts";
import { openShop, placed, requestOf, stockProduct } from "../support/shop.ts";
import { useQueues } from "../workers/queue-desk.ts";

const desk = useQueues();

/** More than are looked at for one answer. */
const mails = 520;

test("an outage of the mails hides no order whose money is in trouble", async () => {
  const { db, settings } = desk;
  const shop = await openShop(db);
  await stockProduct(db, "many", 1_000);
  const request = () => requestOf(shop, [{ sku: "many", quantity: 1 }]);
  const ids: string[] = [];
  for (let done = 0; done < mails; done += 100) {
    const count = Math.min(100, mails - done);
    ids.push(...(await placed(db, settings, ...Array.from({ length: count }, request))));
  }
  await sql`INSERT INTO notifications (id, order_id, seq, template, channel, status, reason)
    SELECT gen_random_uuid(), id, 1, 'order_paid', 'email', 'failed', 'no such mailbox'
    FROM unnest(${ids}::uuid[]) AS o (id)`.execute(db);
  const [newest = ""] = await placed(db, settings, request());
  await sql`UPDATE orders SET attention = 'foreign_intent' WHERE id = ${newest}`.execute(db);

  const means = { db, settings, planOf };
  const first = await listProblems(means, { limit: 500 });
  expect(first.problems[0]).toMatchObject({ orderId: newest });
  const seen = new Set(first.problems.map(({ orderId }) => orderId));
  expect(first.next).not.toBeNull();
  const rest = await listProblems(means, { limit: 500, after: first.next ?? undefined });
  expect(rest.next).toBeNull();
  for (const { orderId } of rest.problems) {
    expect(seen.has(orderId)).toBe(false);
    seen.add(orderId);
  }
  expect(seen.size).toBe(mails + 1);
}, 60_000);
