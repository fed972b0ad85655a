import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { type TestApi, useApi } from "../support/api.ts";
import { addProduct, placeOrder, reserve } from "../support/shop-floor.ts";

const api = useApi();
/** A process of its own, whose places nobody has taken yet. */
const fresh = useApi();

const farSeconds = 3_600;

/** An order whose payment is open at Stripe, as far as we know, and due in an hour. */
async function payable(status = "pending", at: TestApi = api) {
  const { body } = await placeOrder(at, "MUG");
  await reserve(at, body.id);
  await sql`UPDATE payments SET status = ${status}, intent_id = 'pi_' || id
    WHERE order_id = ${body.id}`.execute(at.db);
  await dueInAnHour(body.id, null, at);
  const path = `/v1/orders/${body.id}/payment/refresh`;
  const refresh = () => at.ask(path, { method: "POST", as: body.orderToken });
  return { id: body.id, refresh };
}

const dueInAnHour = (orderId: string, lastError: string | null = null, at: TestApi = api) =>
  sql`UPDATE payments SET due_at = now() + make_interval(secs => ${farSeconds}),
    last_error = ${lastError} WHERE order_id = ${orderId}`.execute(at.db);

async function secondsUntilDue(orderId: string, at: TestApi = api): Promise<number> {
  const { rows } = await sql<{ seconds: number }>`
    SELECT extract(epoch FROM due_at - now())::float8 AS seconds FROM payments
    WHERE order_id = ${orderId}`.execute(at.db);
  return rows[0]?.seconds ?? Number.NaN;
}

/** Stripe has been looked at, as the job does it. */
const observe = (orderId: string) =>
  sql`UPDATE payments SET observed_at = clock_timestamp(), last_error = NULL
    WHERE order_id = ${orderId}`.execute(api.db);

test("an order that nobody can pay yet is answered at once", async () => {
  await addProduct(api, "MUG", { stock: 100 });
  const { body } = await placeOrder(api, "MUG");
  const path = `/v1/orders/${body.id}/payment/refresh`;
  const answer = await api.ask(path, { method: "POST", as: body.orderToken });
  expect([answer.status, answer.body.status]).toEqual([200, "reserving"]);
});

describe("a payment", () => {
  test("that is open at Stripe is made due, and answered as soon as Stripe was asked", async () => {
    const { id, refresh } = await payable();
    const asking = refresh();
    await expect.poll(() => secondsUntilDue(id)).toBeLessThan(10);
    await observe(id);
    expect((await asking).status).toBe(200);
  });

  test("is asked about once, however many ask at the same time and soon after", async () => {
    const { id, refresh } = await payable();
    const answers = await Promise.all([...Array(5)].map(refresh));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    expect(answers[0]?.headers.get("retry-after")).toBe("1");
    await observe(id);
    await dueInAnHour(id);
    const since = performance.now();
    expect((await refresh()).status).toBe(200);
    expect(performance.now() - since).toBeLessThan(1_000);
    expect(await secondsUntilDue(id)).toBeGreaterThan(farSeconds - 60);

    // Its rest is over.
    await sql`UPDATE payments SET refresh_asked_at = refresh_asked_at - interval '5 s'
      WHERE order_id = ${id}`.execute(api.db);
    await refresh();
    expect(await secondsUntilDue(id)).toBeLessThan(10);
  });

  test("that was told to come back later keeps its time, and the caller is told", async () => {
    const { id, refresh } = await payable();
    await dueInAnHour(id, "stripe_unreachable: Away.");
    const since = performance.now();
    const answer = await refresh();
    expect(answer.status).toBe(202);
    expect(answer.headers.get("retry-after")).toBe("60");
    expect(performance.now() - since).toBeLessThan(1_000);
    expect(await secondsUntilDue(id)).toBeGreaterThan(farSeconds - 60);
  });

  test("that Stripe does not know yet is left to the job that starts it", async () => {
    const { id, refresh } = await payable("created");
    const since = performance.now();
    const answer = await refresh();
    expect([answer.status, answer.body.status]).toEqual([202, "awaiting_payment"]);
    expect(answer.headers.get("retry-after")).toBe("1");
    expect(performance.now() - since).toBeLessThan(1_000);
    expect(await secondsUntilDue(id)).toBeGreaterThan(farSeconds - 60);
  });
});

test("one process asks about ten payments at a time, and sends the others away", async () => {
  await addProduct(fresh, "MUG", { stock: 100 });
  const orders = [];
  for (let count = 0; count < 14; count++) orders.push(await payable("pending", fresh));
  const answers = await Promise.all(orders.map(({ refresh }) => refresh()));
  expect(answers.map(({ status }) => status)).toEqual(orders.map(() => 202));
  const due = await Promise.all(orders.map(({ id }) => secondsUntilDue(id, fresh)));
  expect(due.filter((seconds) => seconds < 10)).toHaveLength(10);
});
