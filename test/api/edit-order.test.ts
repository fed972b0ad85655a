import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import { readInstallation } from "../../src/orders/installation/installation.ts";
import { applyIntents } from "../../src/orders/paying/apply-intent.ts";
import { type Answer, useApi } from "../support/api.ts";
import { plainIntent } from "../support/plain-intent.ts";
import { addProduct, buyer, placeOrder, reserve } from "../support/shop-floor.ts";
import { waitFor } from "../support/wait-for.ts";

const api = useApi();
beforeAll(() => addProduct(api, "MUG", { stock: 100 }));

const lines = (quantity: number) => [{ sku: "MUG", quantity }];

async function draft(json: object = {}): Promise<Answer> {
  const order = { checkout: false, lines: lines(2), contact: buyer, ...json };
  return api.ask("/v1/orders", { as: api.publishableKey, json: order });
}

function patch({ body }: Answer, json: object, more: { etag?: string; dryRun?: boolean } = {}) {
  const { etag, dryRun = false } = more;
  return api.ask(`/v1/orders/${body.id}${dryRun ? "?dryRun=true" : ""}`, {
    ...{ method: "PATCH", as: body.orderToken, json },
    headers: etag === undefined ? {} : { "if-match": etag },
  });
}

const etagOf = ({ headers }: Answer) => headers.get("etag") ?? "";

async function read({ body }: Answer): Promise<Answer> {
  return api.ask(`/v1/orders/${body.id}`, { as: api.secretKey });
}

/** An order that can be paid, whose secret somebody has. */
async function payable(): Promise<Answer> {
  const placed = await placeOrder(api, "MUG", 2);
  await reserve(api, placed.body.id);
  await stripeSays(placed, "needs_payment");
  return placed;
}

/** What the payment worker learns from Stripe about the order's newest payment. */
async function stripeSays(
  { body }: Answer,
  status: "needs_payment" | "cancelled" | "captured",
): Promise<void> {
  const payment = await api.db
    .selectFrom("payments")
    .selectAll()
    .where("order_id", "=", body.id)
    .orderBy("attempt", "desc")
    .executeTakeFirstOrThrow();
  const installation = await readInstallation(api.db);
  const intent = {
    ...{ id: `pi_${payment.id}`, status, clientSecret: "pi_secret", livemode: false },
    ...{ amountMinor: payment.amount_minor, currency: "gbp", installation },
    capturedMinor: status === "captured" ? payment.amount_minor : 0,
    ...{ orderId: payment.order_id, paymentId: payment.id, ...plainIntent() },
  };
  const seen = { paymentId: payment.id, intent, observedAt: new Date().toISOString() };
  const ours = { installation, livemode: false };
  await inTransaction(api.db, (trx) => applyIntents(trx, api.settings, ours, [seen]));
}

/** The order's door is shut: what the workers do now decides what becomes of the edit. */
async function untilClosing(order: Answer): Promise<void> {
  await waitFor("the order to be closing", async () => {
    return (await read(order)).body.closing === "edited" ? true : undefined;
  });
}

describe("a draft", () => {
  test("is made without a contact, edited at its ETag and checked out", async () => {
    const placed = await draft({ contact: undefined });
    expect(placed).toMatchObject({ status: 202, body: { status: "draft", contact: null } });
    const early = await api.ask(`/v1/orders/${placed.body.id}/checkout`, {
      ...{ method: "POST", as: placed.body.orderToken, key: randomUUID() },
    });
    expect(early).toMatchObject({ status: 422, body: { type: "/problems/contact_needed" } });

    const who = await patch(placed, { contact: buyer }, { etag: etagOf(placed) });
    expect(who).toMatchObject({ status: 200, body: { contact: buyer } });
    const more = await patch(placed, { lines: lines(3) }, { etag: etagOf(who) });
    expect(more.body).toMatchObject({ status: "draft", totalMinor: 750 });
    const stale = await patch(placed, { lines: lines(9) }, { etag: etagOf(who) });
    expect(stale).toMatchObject({ status: 412, body: { type: "/problems/stale_version" } });

    await addProduct(api, "MUG", { priceMinor: 260 });
    const key = randomUUID();
    const ask = () =>
      api.ask(`/v1/orders/${placed.body.id}/checkout`, {
        ...{ method: "POST", as: placed.body.orderToken, key },
      });
    const repriced = {
      prices: [{ sku: "MUG", fromMinor: 250, toMinor: 260 }],
      totalMinor: { from: 750, to: 780 },
    };
    expect(await ask()).toMatchObject({ status: 202, body: { status: "reserving", repriced } });
    const replay = await ask();
    expect(replay).toMatchObject({ status: 202, body: { repriced } });
    expect(replay.headers.get("idempotent-replayed")).toBe("true");
    await addProduct(api, "MUG", { priceMinor: 250 });
  });

  test("keeps what a patch of its contact does not name, and forgets what is null", async () => {
    const placed = await draft({
      shippingAddress: { line1: "1 Hill", city: "Bath", country: "GB" },
    });
    const changes = { contact: { phone: null, name: "Grace" } };
    const { body } = await patch(placed, changes, { etag: etagOf(placed) });
    expect(body.contact).toMatchObject({
      ...{ email: buyer.email, phone: null, name: "Grace", address: { city: "Bath" } },
    });
  });

  test("names the field of a patch that does not fit", async () => {
    const placed = await draft();
    const etag = etagOf(placed);
    expect((await patch(placed, {}, { etag })).status).toBe(422);
    expect((await patch(placed, { lines: lines(1) })).status).toBe(428);
    const none = await patch(placed, { lines: [{ sku: "NO-SUCH", quantity: 1 }] }, { etag });
    expect(none.body).toMatchObject({ errors: [{ field: "lines[0].sku" }] });
    const terms = { adjustments: [{ kind: "discount", name: "All", amountMinor: -1 }] };
    expect((await patch(placed, terms, { etag })).status).toBe(403);
  });
});

describe("an order that can be paid", () => {
  test("is changed once Stripe has cancelled the payment, and the answer waits", async () => {
    const order = await payable();
    const asked = patch(order, { lines: lines(3) }, { etag: etagOf(await read(order)) });
    await untilClosing(order);
    await stripeSays(order, "cancelled");
    await reserve(api, order.body.id);
    const answer = await asked;
    expect(answer).toMatchObject({
      status: 200,
      body: { status: "awaiting_payment", totalMinor: 750, closing: null },
    });
    expect(answer.headers.get("etag")).toBe(etagOf(await read(order)));
  });

  test("is paid as it was where the customer is faster, and the answer says so", async () => {
    const order = await payable();
    const asked = patch(order, { lines: lines(3) }, { etag: etagOf(await read(order)) });
    await untilClosing(order);
    await stripeSays(order, "captured");
    expect(await asked).toMatchObject({
      status: 409,
      body: { type: "/problems/order_is_paid", detail: expect.stringContaining("as it was") },
    });
    expect((await read(order)).body).toMatchObject({ status: "paid", totalMinor: 500 });
  });

  test("is answered with 202 while nobody knows yet, and can't be changed again", async () => {
    const order = await payable();
    const answer = await patch(order, { lines: lines(3) }, { etag: etagOf(await read(order)) });
    expect(answer).toMatchObject({ status: 202, body: { closing: "edited", totalMinor: 500 } });
    expect(answer.body.payment).not.toHaveProperty("clientSecret");
    const again = await patch(order, { lines: lines(1) }, { etag: etagOf(answer) });
    expect(again).toMatchObject({ status: 409, body: { type: "/problems/order_is_closing" } });
  });

  test("is for somebody else at once, while its stock is still asked for", async () => {
    const placed = await placeOrder(api, "MUG", 2);
    const contact = { ...buyer, email: "late@shop.example" };
    const changed = await patch(placed, { contact }, { etag: etagOf(await read(placed)) });
    expect(changed).toMatchObject({ status: 200, body: { status: "reserving", contact } });
  });

  test("shows in a dry run what would become of it, and changes nothing", async () => {
    const order = await payable();
    const before = await read(order);
    const wish = { etag: etagOf(before), dryRun: true };
    const { status, body } = await patch(order, { lines: lines(999) }, wish);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ dryRun: true, totalMinor: 249_750, payment: "replaced" },
      difference: { lines: [{ sku: "MUG", from: 2, to: 999 }], totalMinor: { from: 500 } },
      shortages: [{ sku: "MUG", requested: 999 }],
    });
    expect(body.shortages[0].available).toBeLessThanOrEqual(100);
    const same = await patch(order, { lines: lines(2) }, wish);
    expect(same.body).toMatchObject({ difference: null, shortages: [], payment: "kept" });
    expect(etagOf(await read(order))).toBe(etagOf(before));
  });
});
