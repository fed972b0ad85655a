import { randomUUID } from "node:crypto";
import type { Settings } from "../../src/config.ts";
import type { Db } from "../../src/db/connect.ts";
import { inTransaction } from "../../src/db/transaction.ts";
import { claimMessages, saveOutcomes } from "../../src/notifications/claim-messages.ts";
import { cancelOrders } from "../../src/orders/cancel-order.ts";
import { readInstallation } from "../../src/orders/installation/installation.ts";
import { applyIntents } from "../../src/orders/paying/apply-intent.ts";
import { recordBreak } from "../../src/payments/breaks.ts";
import type { Intent } from "../../src/payments/intent.ts";
import type { SeenRefund } from "../../src/payments/refund.ts";
import {
  askForRefunds,
  lookAtDisputes,
  lookAtRefunds,
  momentIn,
  refundRequest,
  seenDispute,
  seenRefund,
} from "../support/money-back.ts";
import { plainIntent } from "../support/plain-intent.ts";
import { shippingAt } from "../support/shipping.ts";
import { openShop, placed, requestOf, reserved, stockProduct } from "../support/shop.ts";
import { listenTo, tellEverybody } from "./told-world.ts";

/** One order in each status, made through the domain's own doors. */
export type SmallWorld = {
  paid: string;
  alsoPaid: string;
  payable: string;
  reserving: string;
  rejected: string;
  cancelled: string;
  /** Paid; half of its money is back, and another refund of it failed. */
  refunded: string;
  /** Paid, and the customer's bank took the money back. */
  disputed: string;
  /** Of four cups two were shipped, of which one came back; one is cancelled, one still to ship. */
  shipping: string;
  completed: string;
};

/** Makes the world, with everything that customers are told of it sent. */
export async function makeSmallWorld(db: Db, settings: Settings): Promise<SmallWorld> {
  const shop = await openShop(db);
  await listenTo(db, shop.id);
  await stockProduct(db, "Cup", 20, 500);
  await stockProduct(db, "Pot", 5, 2_000);
  const twice = [
    { sku: "Cup", quantity: 2 },
    { sku: "cup", quantity: 1 },
    { sku: "Pot", quantity: 1 },
  ];
  const post = { kind: "shipping", name: "Post", amountMinor: 350 } as const;
  const cups = (quantity: number) => requestOf(shop, [{ sku: "Cup", quantity }]);
  const ids = await reserved(
    db,
    settings,
    ...[requestOf(shop, twice, { adjustments: [post] }), cups(2), cups(1), cups(99), cups(4)],
    ...[cups(2), cups(2), cups(4), cups(2)],
  );
  const [paid, alsoPaid, payable, rejected, cancelled] = ids as Five;
  const [refunded, disputed, shipping, completed] = ids.slice(5) as [
    string,
    string,
    string,
    string,
  ];
  const [reserving] = (await placed(db, settings, cups(1))) as [string];

  const sold = [paid, alsoPaid, refunded, disputed, shipping, completed];
  for (const id of [...sold, payable, cancelled]) await observe(db, settings, id, {});
  for (const id of sold) await observe(db, settings, id, { status: "captured" });
  await giveMoneyBack(db, settings, { orderId: refunded, shopId: shop.id });
  await lookAtDisputes(db, await lookOf(db, disputed), seenDispute({}));
  await cancel(db, settings, shop.id, cancelled);
  await shipSome(shippingAt({ db, settings, shop }), shipping, completed);
  await observe(db, settings, cancelled, { status: "cancelled" });
  await sendEverything(db, settings);
  await settleOneBreak(db, settings, paid);
  await tellEverybody(db, settings);
  return {
    ...{ paid, alsoPaid, payable, reserving, rejected, cancelled, refunded, disputed },
    ...{ shipping, completed },
  };
}
type Five = [string, string, string, string, string];

/** Cups leave the house, stay there, and come back. */
async function shipSome(
  { ship, cancel, takeBack }: ReturnType<typeof shippingAt>,
  part: string,
  whole: string,
): Promise<void> {
  const cups = { orderId: part, sku: "cup" };
  const steps = [await cancel(cups, 1, "full"), await ship(cups, 2), await takeBack(cups, 1)];
  const all = await ship({ orderId: whole, sku: "cup" });
  if ([...steps, all].join() !== "cancelled,done,done,done") throw new Error(steps.join());
}

/** Half of an order's money goes back; the other half is on its way, and then fails. */
async function giveMoneyBack(
  db: Db,
  settings: Settings,
  order: { orderId: string; shopId: string },
): Promise<void> {
  const half = () => refundRequest(order, { amountMinor: 500 });
  const { results } = await askForRefunds(db, settings, half(), half());
  const stripes = results.map((result) =>
    seenRefund({
      amountMinor: 500,
      refundId: result.outcome === "requested" ? result.refundId : null,
    }),
  ) as [SeenRefund, SeenRefund];
  const look = await lookOf(db, order.orderId);
  await lookAtRefunds(db, settings, look, stripes[0], { ...stripes[1], status: "pending" });
  const failed = { ...stripes[1], status: "failed", failure: "declined" } as const;
  await lookAtRefunds(db, settings, look, stripes[0], failed);
}

async function lookOf(db: Db, orderId: string) {
  const { id: paymentId } = await db
    .selectFrom("payments")
    .select("id")
    .where("order_id", "=", orderId)
    .executeTakeFirstOrThrow();
  return { paymentId, intentId: `pi_${orderId}` };
}

/** Stripe says something of the order's payment. */
async function observe(
  db: Db,
  settings: Settings,
  orderId: string,
  seen: Partial<Intent>,
): Promise<void> {
  const ours = { installation: await readInstallation(db), livemode: false };
  const payment = await db
    .selectFrom("payments")
    .select(["id", "amount_minor"])
    .where("order_id", "=", orderId)
    .executeTakeFirstOrThrow();
  const intent: Intent = {
    id: `pi_${orderId}`,
    status: "needs_payment",
    amountMinor: payment.amount_minor,
    currency: "gbp",
    capturedMinor: seen.status === "captured" ? payment.amount_minor : 0,
    livemode: false,
    clientSecret: `pi_${orderId}_secret`,
    orderId,
    paymentId: payment.id,
    installation: ours.installation,
    ...plainIntent(),
    ...seen,
  };
  const observation = { paymentId: payment.id, intent, observedAt: await momentIn(db) };
  await inTransaction(db, (trx) => applyIntents(trx, settings, ours, [observation]));
}

async function cancel(db: Db, settings: Settings, shopId: string, orderId: string): Promise<void> {
  const request = {
    orderId,
    shopId,
    idempotencyKey: randomUUID(),
    fingerprint: Buffer.from(orderId),
    actor: "customer",
    refund: null,
    isGuest: true,
  };
  await inTransaction(db, (trx) => cancelOrders(trx, settings, [request]));
}

async function sendEverything(db: Db, settings: Settings): Promise<void> {
  const messages = await db.selectFrom("notifications").select("id").execute();
  const ids = messages.map(({ id }) => id);
  await inTransaction(db, (trx) => claimMessages(trx, settings, ids));
  const outcomes = ids.map((id) => ({
    id,
    tries: 1,
    status: "sent" as const,
    providerId: `carried ${id}`,
  }));
  await inTransaction(db, (trx) => saveOutcomes(trx, settings, outcomes));
  // Nobody polls here: the cursor is as it was left by a poll just now.
  await db.updateTable("stripe_cursors").set({ due_at: new Date() }).execute();
}

/** The comparison with Stripe once found something, and settled it. */
async function settleOneBreak(db: Db, settings: Settings, orderId: string): Promise<void> {
  const objectId = `pi_${orderId}`;
  const found = { objectId, fault: "differs", outcome: "applied" } as const;
  await recordBreak(db, settings, { ...found, orderId, paymentId: null, ours: null, theirs: null });
}
