import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { putOnRecord } from "../../../src/ops/access/on-record.ts";
import { inboxPageSize } from "../../../src/ops/pages/webhooks/read-inbox.ts";
import { useApi } from "../../support/api.ts";
import { reservedOrder } from "../../support/api-money.ts";
import { type AtBrowser, signInTo } from "../../support/operators.ts";
import { addProduct } from "../../support/shop-floor.ts";

const api = useApi();
let viewer: AtBrowser;
beforeAll(async () => {
  viewer = await signInTo(api, "viewer");
});

async function page(path: string): Promise<string> {
  const headers = { ...viewer.headers, accept: "text/html" };
  const answer = await api.fetch(new Request(`http://api.test${path}`, { headers }));
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return text;
}

/** What the page is watched by: when that differs, whoever reads it is shown it anew. */
async function seenOn(path: string): Promise<string> {
  const stream = /data-live="([^"]+)"/.exec(await page(path))?.[1] ?? "";
  return new URLSearchParams(stream.replaceAll("&amp;", "&").split("?")[1]).get("seen") ?? "";
}

async function arrive(count: number, source = "webhook"): Promise<void> {
  await sql`INSERT INTO webhook_events (id, source, type, topic, status, settled_at)
    SELECT ${`evt_${randomUUID()}_`} || n, ${source}, 'payment_intent.succeeded', 'intent',
      'applied', now() FROM generate_series(1, ${count}::integer) AS n`.execute(api.db);
}

describe("a page is brought up to date", () => {
  test.each([
    ["/ops/webhooks", () => arrive(1)],
    ["/ops/audit", () => putOnRecord(api.db, [{ ...deed }])],
    ["/ops/stock/seen", () => reservedOrder(api, "seen")],
    [
      "/ops/health",
      () => sql`INSERT INTO heartbeats (instance, role) VALUES ('new', 'web')`.execute(api.db),
    ],
  ] as const)("%s, when what it shows has changed, and not before", async (path, change) => {
    if (path === "/ops/stock/seen") await addProduct(api, "Seen", { stock: 3 });
    const first = await seenOn(path);
    expect(first).not.toBe("");
    // Health is also read anew every ten seconds, for its beats.
    if (path !== "/ops/health") expect(await seenOn(path)).toBe(first);
    await change();
    expect(await seenOn(path)).not.toBe(first);
  });
});

const deed = { actor: "ops:ann", act: "check", subject: "x", reason: "to be sure" };

describe("the inbox", () => {
  test("loses no event between two pages, though all came in one statement", async () => {
    await arrive(inboxPageSize + 20, "cursor");
    const ids = new Set<string>();
    let next: string | undefined = "/ops/webhooks?source=cursor";
    for (let pages = 0; next && pages < 5; pages++) {
      const text: string = await page(next);
      for (const [, id] of text.matchAll(/id="row:\/ops\/webhooks\/(evt_[^"]+)"/g)) {
        ids.add(id ?? "");
      }
      next = /rel="next" href="([^"]+)"/.exec(text)?.[1]?.replaceAll("&amp;", "&");
    }
    expect(ids.size).toBe(inboxPageSize + 20);
  });

  test("shows what came of late where that is asked for", async () => {
    await sql`INSERT INTO webhook_events (id, source, type, topic, status, received_at, settled_at)
      VALUES ('evt_old', 'webhook', 'refund.failed', 'refund', 'foreign',
        now() - interval '2 days', now())`.execute(api.db);
    const rare = "/ops/webhooks?status=foreign&type=refund.failed";
    expect(await page(`${rare}&age=week`)).toContain("evt_old");
    expect(await page(`${rare}&age=day`)).not.toContain("evt_old");
  });

  test("takes a page that nobody gave for the first one", async () => {
    await arrive(1);
    for (const before of ["x~y", "1~", "99999999999999999~evt_1"]) {
      expect(await page(`/ops/webhooks?before=${before}`)).toContain("row:/ops/webhooks/evt_");
    }
  });
});
