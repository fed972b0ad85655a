import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { contactSafe } from "../../src/notifications/contacts.ts";
import type { Role } from "../../src/ops/access/roles.ts";
import { search } from "../../src/ops/search.ts";
import { contactKey, openShop, requestOf, reserved, stockProduct } from "../support/shop.ts";
import { awaitingPayment, intentFor, payingMeans } from "../workers/paying.ts";
import { useQueues } from "../workers/queue-desk.ts";

const desk = useQueues();
const contacts = contactSafe([contactKey]);

async function find(
  query: string,
  gateway?: { intentOfCharge(id: string): Promise<string | null> },
  role: Role = "operator",
) {
  const means = { db: desk.db, contacts, ...(gateway && { gateway }) };
  const { hits, hint } = await search(means, { role }, query);
  const orders = hits.flatMap((hit) => (hit.kind === "order" ? [hit.orderId] : []));
  return { hits, hint, orders };
}

/** An order of a customer's own. */
async function orderOf(sku: string, email: string, phone: string | null) {
  const shop = await openShop(desk.db);
  await stockProduct(desk.db, sku, 5, 500);
  const contact = contacts.seal({ email, phone, name: null, address: null });
  const request = requestOf(shop, [{ sku, quantity: 2 }], { contact });
  const [orderId = ""] = await reserved(desk.db, desk.settings, request);
  const { number } = await desk.db
    .selectFrom("orders")
    .select("number")
    .where("id", "=", orderId)
    .executeTakeFirstOrThrow();
  return { orderId, number };
}

describe("one search box", () => {
  test("finds an order by its id, and by its number however people write it", async () => {
    const { orderId, number } = await orderOf("Search-1", "one@shop.example", null);
    for (const query of [
      orderId,
      orderId.toUpperCase(),
      number,
      ` ${number.toLowerCase()} `,
      number.replaceAll("-", ""),
      number.replaceAll("-", " ").replaceAll("0", "o").replaceAll("1", "l"),
    ]) {
      expect((await find(query)).orders, query).toEqual([orderId]);
    }
  });

  test("finds all orders of a customer by e-mail and by phone, the newest first", async () => {
    const phone = "+447700900999";
    const older = await orderOf("Search-2", "Two@Shop.example", phone);
    const newer = await orderOf("Search-3", "two@shop.example", phone);
    const both = [newer.orderId, older.orderId];
    for (const query of ["TWO@shop.example", phone, "+44 (7700) 900-999", "00447700900999"]) {
      expect((await find(query)).orders, query).toEqual(both);
    }
    expect((await find("wo@shop.example")).orders).toEqual([]);
  });

  test("does not look for persons where a viewer asks, and says so", async () => {
    const phone = "+447700900777";
    await orderOf("Search-8", "eight@shop.example", phone);
    const asViewer = (query: string) => find(query, undefined, "viewer");
    for (const query of ["eight@shop.example", "EIGHT@SHOP.EXAMPLE ", phone, "00447700900777"]) {
      expect((await find(query)).orders, query).toHaveLength(1);
      const { orders, hint } = await asViewer(query);
      expect([query, orders, hint]).toEqual([
        query,
        [],
        expect.stringMatching(
          /^Searching by e-mail or phone is for operators\. Search for an order/,
        ),
      ]);
    }
    // Nobody bears these: a viewer is answered alike.
    for (const query of ["nobody@shop.example", "+447700900778"]) {
      expect((await asViewer(query)).hint).toBe((await asViewer("eight@shop.example")).hint);
    }
  });

  test("finds for a viewer what only looks like a phone number", async () => {
    const { orderId } = await orderOf("0044770090", "nine@shop.example", "+44770090");
    const { hits, orders } = await find("0044770090", undefined, "viewer");
    expect([hits[0]?.kind, orders]).toEqual(["product", [orderId]]);
    expect(hits.map(({ what }) => what)).not.toContain("the customer's phone");
  });

  test("finds a product by its SKU, and the orders that hold it", async () => {
    const { orderId } = await orderOf("Search-4", "four@shop.example", null);
    const { hits } = await find("SEARCH-4");
    expect(hits).toMatchObject([
      { kind: "product", sku: "search-4", what: "Product Search-4" },
      { kind: "order", orderId, what: "holds 2 of search-4" },
    ]);
  });

  test("finds an order by everything that Stripe calls its money", async () => {
    const { orderId, paymentId } = await awaitingPayment(desk, "search-5");
    await sql`UPDATE payments SET intent_id = 'pi_5' WHERE id = ${paymentId}`.execute(desk.db);
    await sql`INSERT INTO payment_failures (charge_id, payment_id, code)
      VALUES ('ch_5', ${paymentId}, 'card_declined')`.execute(desk.db);
    await sql`INSERT INTO refunds (id, order_id, payment_id, status, amount_minor, currency,
        reason, actor, stripe_id)
      VALUES (${randomUUID()}, ${orderId}, ${paymentId}, 'succeeded', 5, 'gbp', 'other', 'test',
        're_5')`.execute(desk.db);
    await sql`INSERT INTO disputes (id, order_id, payment_id, status, amount_minor, currency,
        reason, observed_at)
      VALUES ('du_5', ${orderId}, ${paymentId}, 'won', 5, 'gbp', 'general', now())
      `.execute(desk.db);
    await sql`INSERT INTO webhook_events (id, source, type, topic, payment_id, status)
      VALUES ('evt_5', 'webhook', 'payment_intent.succeeded', 'intent', ${paymentId}, 'applied')
      `.execute(desk.db);
    for (const query of ["pi_5", "pi_5_secret_abc", "ch_5", "re_5", "du_5", "evt_5", paymentId]) {
      expect((await find(query)).orders, query).toEqual([orderId]);
    }
    expect((await find("evt_5")).hits[0]).toMatchObject({ kind: "event", eventId: "evt_5" });
  });

  test("asks Stripe whose a charge is, where we don't know it", async () => {
    const means = await payingMeans(desk);
    const paying = await awaitingPayment(desk, "search-6");
    const { id } = await intentFor(means, paying);
    await sql`UPDATE payments SET intent_id = ${id} WHERE id = ${paying.paymentId}`.execute(
      desk.db,
    );
    await means.standIns.tell(`/stripe/intents/${id}/pay`, { card: "pm_card_visa" });
    const { latest_charge: charge } = await means.standIns.stripe.paymentIntents.retrieve(id);
    expect((await find(String(charge))).orders).toEqual([]);
    expect((await find(String(charge), means.gateway)).orders).toEqual([paying.orderId]);
    expect((await find("ch_unknown", means.gateway)).orders).toEqual([]);
  });

  test("finds an order by a message, under our id and under the supplier's", async () => {
    const { orderId } = await orderOf("Search-7", "seven@shop.example", null);
    const id = randomUUID();
    await sql`INSERT INTO notifications (id, order_id, seq, template, channel, status, provider_id)
      VALUES (${id}, ${orderId}, 1, 'order_paid', 'email', 'sent', 'SG.7')`.execute(desk.db);
    expect((await find(id)).orders).toEqual([orderId]);
    expect((await find("SG.7")).orders).toEqual([orderId]);
  });

  test("says what can be searched for where nothing fits", async () => {
    for (const query of ["", "   ", "nobody", "pi_unknown", "x".repeat(300), "a\0b", "%", "ab@"]) {
      const { hits, hint } = await find(query);
      expect(hits, query).toEqual([]);
      expect(hint, query).toContain("e-mail address");
    }
  });
});
