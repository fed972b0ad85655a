import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { listenTo } from "../../invariants/told-world.ts";
import { hiddenIn, textOf, useBrowsers, withReason } from "./browsing.ts";

const { api, see, send, placedOrder } = useBrowsers();
const home = "/ops/webhooks/out";

async function listening() {
  const id = await listenTo(api.db, api.shop.id);
  return { id, orderId: await placedOrder() };
}

describe("Webhooks, Out", () => {
  test("lists who is told of orders, those in trouble first", async () => {
    const [well, failing] = [await listening(), await listening()];
    await sql`
      UPDATE webhook_endpoints SET status = 'failing', failures = 5, due_at = now(),
        down_since = now(), failure = 'It answered 503.' WHERE id = ${failing.id}`.execute(api.db);
    const page = (await see(home)).body;
    const order = [...page.matchAll(/href="\/ops\/webhooks\/out\/([0-9a-f-]{36})"/g)];
    const ids = order.map(([, id]) => id);
    expect(ids.indexOf(failing.id)).toBeLessThan(ids.indexOf(well.id));
    expect(textOf(page)).toContain("erp.example/aurora");
    expect(textOf(page)).toContain("It answered 503.");
    expect((await see("/ops/webhooks")).body).toContain(`href="${home}"`);
  });

  test("shows an endpoint's log with its tries, and leads to the orders", async () => {
    const { id, orderId } = await listening();
    await sql`
      INSERT INTO webhook_attempts (delivery_id, nr, at, milliseconds, http_status, reason, answer)
      SELECT id, 1, now(), 12, 500, 'It answered 500.', '<b>oops</b>' FROM webhook_deliveries
      WHERE endpoint_id = ${id} AND seq = 1`.execute(api.db);
    const page = (await see(`${home}/${id}`)).body;
    expect(page).toContain(`href="/ops/orders/${orderId}"`);
    expect(page).toContain("&lt;b&gt;oops&lt;/b&gt;");
    expect(textOf(page)).toMatch(/Placed \(1\).*1 try.*500 after 12 ms/);
    expect(textOf((await see(`${home}/${id}?status=delivered`)).body)).toContain("Nothing fits");
    expect((await see(`${home}/00000000-0000-4000-8000-000000000000`)).status).toBe(404);
  });

  test("has a form for each act: what it would do, a reason, and one of two wins", async () => {
    const [{ id }, other] = [await listening(), await listening()];
    const address = `${home}/${id}/acts/disable_endpoint`;
    const page = (await see(address)).body;
    expect(textOf(page)).toContain("What waits for it is dropped.");
    expect(new Map(hiddenIn(page)).get("version")).toBe("1");
    const none = await send(address, withReason(page, " "));
    expect(none.status).toBe(422);
    const done = await send(address, withReason(page, "Their server was moved"));
    expect(done.status).toBe(303);
    const led = done.headers.get("location") ?? "";
    expect(textOf((await see(led)).body)).toContain("The endpoint is disabled.");
    const elsewhere = (await see(led.replace(id, other.id))).body;
    expect(textOf(elsewhere)).not.toContain("The endpoint is disabled.");
    const late = await send(address, [
      ...withReason(page, "Their server was moved").filter(([name]) => name !== "key"),
      ["key", "another-key-of-20-characters"],
    ]);
    expect(late.status).toBe(409);
    expect(textOf(late.body)).toContain("has changed since you looked");
  });

  test("counts what would be told again before it is", async () => {
    const { id } = await listening();
    const page = (await see(`${home}/${id}/acts/replay_events`)).body;
    expect(textOf(page)).toMatch(/\d+ events are told once more/);
    const done = await send(`${home}/${id}/acts/replay_events`, withReason(page, "They lost them"));
    expect(done.status).toBe(303);
    const wrong = (await see(`${home}/${id}/acts/replay_events?in.after=yesterday`)).body;
    expect(textOf(wrong)).toContain("Must be a time such as");
  });

  test("stands on the order's page too: who heard what", async () => {
    const { orderId } = await listening();
    const text = textOf((await see(`/ops/orders/${orderId}`)).body);
    expect(text).toMatch(/Other systems .*erp.example enabled heard 0 of 2 events/);
  });
});
