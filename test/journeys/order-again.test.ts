import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { type Config, readConfig } from "../../src/config.ts";
import { inTransaction } from "../../src/db/transaction.ts";
import { contactSafe } from "../../src/notifications/contacts.ts";
import { orderAgain } from "../../src/orders/operators/order-again.ts";
import { payByForce } from "../../src/orders/operators/pay-by-force.ts";
import { useTrack } from "../faults/race-track.ts";
import { waitFor } from "../support/wait-for.ts";

type Mail = { subject: string; text: string; categories: string[] };

const track = useTrack({}, ["web", "worker"]);
const actor = "ops:ann";

const config = (): Config<"contacts"> => readConfig(track.world.settings, ["contacts"]);

/** The mail of a kind that an order's customer got. */
async function mailOf(orderId: string, template: string): Promise<Mail> {
  return await waitFor(`the mail ${template} of order ${orderId}`, async () => {
    const { body } = await track.store.sandbox<Mail[]>("GET", `/_sandbox/mail?orderId=${orderId}`);
    return body.find(({ categories }) => categories.includes(template));
  });
}

test("an order that is placed again is paid by the link that its customer is sent", async () => {
  const { store, db, hints } = track;
  await store.sell("Again-1", 5, 1_250);
  const old = await store.order([{ sku: "Again-1", quantity: 2 }]);
  await store.untilPayable(old.id);
  const wish = { body: { refund: "full" }, idempotencyKey: randomUUID() };
  await store.shop("POST", `/v1/orders/${old.id}/cancel`, wish);
  await store.until(old.id, "cancelled");

  const { base, contacts } = config();
  const copy = await inTransaction(db, (trx) =>
    orderAgain(trx, base, {
      ...{ orderId: old.id, actor, idempotencyKey: randomUUID() },
      contacts: contactSafe(contacts.CONTACT_KEY),
    }),
  );
  hints.send(copy.hints);
  const mail = await mailOf(copy.orderId, "pay_link");
  expect(mail.subject).toContain(copy.number);
  expect(mail.text).toContain("£25.00");
  const [, token] = /#([\w-]+)/.exec(mail.text) ?? [];
  expect(token).toBeDefined();

  await store.pay(copy.orderId);
  await store.until(copy.orderId, "paid");
  expect(await mailOf(copy.orderId, "order_paid")).toBeDefined();
  await waitFor("the link and the confirmation by SMS", async () => {
    const { body } = await store.sandbox<{ body: string }[]>("GET", "/_sandbox/sms");
    return body.filter((sms) => sms.body.includes(copy.number)).length === 2;
  });
}, 60_000);

test("an order that is paid at the till has nothing left open at Stripe", async () => {
  const { store, db, hints } = track;
  await store.sell("Till-1", 5, 1_250);
  const { id } = await store.order([{ sku: "Till-1", quantity: 1 }]);
  const intentId = await store.untilPayable(id);
  const wish = { orderId: id, reference: "till 7", note: null, actor };
  const forced = await inTransaction(db, (trx) => payByForce(trx, config().base, wish));
  hints.send(forced.hints);
  expect(await store.read(id)).toMatchObject({ status: "paid", paymentStatus: "paid" });
  await waitFor("the intent to be cancelled", async () => {
    type Ledger = { intents: { id: string; status: string }[] };
    const { body } = await store.sandbox<Ledger>("GET", "/_sandbox/stripe/ledger");
    return body.intents.find((each) => each.id === intentId)?.status === "canceled";
  });
  expect(await mailOf(id, "order_paid")).toBeDefined();
}, 60_000);
