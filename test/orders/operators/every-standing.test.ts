import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { inTransaction, type Trx } from "../../../src/db/transaction.ts";
import { Refused } from "../../../src/errors.ts";
import { contactSafe } from "../../../src/notifications/contacts.ts";
import { extendHold } from "../../../src/orders/operators/extend-hold.ts";
import { orderAgain } from "../../../src/orders/operators/order-again.ts";
import { payByForce } from "../../../src/orders/operators/pay-by-force.ts";
import { releaseHold } from "../../../src/orders/operators/release-hold.ts";
import { reopenPayment } from "../../../src/orders/operators/reopen-payment.ts";
import { sendPayLink } from "../../../src/orders/operators/send-pay-link.ts";
import { settleOrder } from "../../../src/orders/operators/settle-order.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { contactKey } from "../../support/shop.ts";
import { ordersAt, type Standing, standings } from "./orders-in.ts";

const desk = useRefundDesk();
const { orderAt } = ordersAt(desk);
const contacts = contactSafe([contactKey]);
const actor = "ops:ann";

/** What each verb does with an order, and how it answers it in each standing. */
type Verb = { act: (trx: Trx, orderId: string) => Promise<unknown>; answers: string[] };

const done = "done";
const [not, closing] = ["not_awaiting_payment", "order_is_closing"];
const review = "payment_under_review";

// In the order of the standings: draft, reserving, rejected, awaiting payment, closing, under
// review, expired, cancelled, paid, cancelled after payment, fulfilling, completed.
const verbs: Record<string, Verb> = {
  payByForce: {
    act: (trx, orderId) =>
      payByForce(trx, desk.settings, { orderId, reference: "till 7", note: null, actor }),
    answers: [
      ...[done, done, "out_of_stock", done, done, done, done, done, "already_paid", "paid_before"],
      ...["already_paid", "already_paid"],
    ],
  },
  extendHold: {
    act: (trx, orderId) => extendHold(trx, desk.settings, { orderId, minutes: 10, actor }),
    answers: [not, not, not, done, closing, done, not, not, not, not, not, not],
  },
  releaseHold: {
    act: (trx, orderId) => releaseHold(trx, desk.settings, { orderId, actor }),
    answers: [
      ...[done, done, not, done, closing, done, not, not, "already_paid", not],
      ...["already_paid", "already_paid"],
    ],
  },
  settleOrder: {
    act: (trx, orderId) => settleOrder(trx, { orderId, actor }),
    answers: standings.map(() => done),
  },
  sendPayLink: {
    act: (trx, orderId) => sendPayLink(trx, desk.settings, { orderId, actor }),
    answers: [not, not, not, done, closing, review, not, not, not, not, not, not],
  },
  reopenPayment: {
    act: (trx, orderId) => reopenPayment(trx, desk.settings, { orderId, observed: null, actor }),
    answers: [not, not, not, done, closing, review, not, not, not, not, not, not],
  },
  orderAgain: {
    act: (trx, orderId) =>
      orderAgain(trx, desk.settings, { orderId, contacts, actor, idempotencyKey: randomUUID() }),
    answers: [
      ...["order_not_over", "order_not_over", done, "order_not_over", "order_not_over"],
      ...["order_not_over", done, done, "order_not_over", done, "order_not_over"],
      "order_not_over",
    ],
  },
};

/** What came of it: done, or the code of the refusal. */
async function outcomeOf(act: Verb["act"], orderId: string): Promise<string> {
  try {
    await inTransaction(desk.db, (trx) => act(trx, orderId));
    return done;
  } catch (error) {
    if (error instanceof Refused) return error.code;
    throw error;
  }
}

const cases = Object.entries(verbs).flatMap(([name, { act, answers }]) =>
  standings.map((standing, index): [string, Standing, string, Verb["act"]] => {
    return [name, standing, answers[index] ?? "", act];
  }),
);

describe("an operator's act", () => {
  test.each(cases)("%s of an order that is %s is %s", async (_verb, standing, answer, act) => {
    const paying = await orderAt(standing);
    const before = await desk.orderOf(paying);
    expect(await outcomeOf(act, paying.orderId)).toBe(answer);
    // What was refused has changed nothing.
    if (answer !== done) expect(await desk.orderOf(paying)).toEqual(before);
  });

  test.each(Object.entries(verbs))("%s of no order at all is refused", async (_verb, { act }) => {
    expect(await outcomeOf(act, randomUUID())).toBe("order_not_found");
  });

  test.each(Object.entries(verbs))("%s of a copied order is refused", async (_verb, { act }) => {
    const paying = await orderAt("awaiting payment");
    class TakenBack extends Error {}
    const work = inTransaction(desk.db, async (trx) => {
      const renewal = { act: "renew" as const, reason: "copied", actor, was: "{}" };
      await trx.insertInto("installation_acts").values(renewal).execute();
      await expect(act(trx, paying.orderId)).rejects.toMatchObject({ code: "order_is_copied" });
      throw new TakenBack();
    });
    await expect(work).rejects.toThrow(TakenBack);
  });
});
