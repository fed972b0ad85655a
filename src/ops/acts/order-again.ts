import { z } from "zod";
import { orderAgain as placeAgain } from "../../orders/operators/order-again.ts";
import { liveStatuses } from "../../payments/lifecycle.ts";
import { type Act, type Done, impossible, possible } from "./act.ts";
import { openAtStripe } from "./stripe-standing.ts";

const over: readonly string[] = ["rejected", "expired", "cancelled"];

/** Places an order that is over anew, for the same customer, with a pay link of its own. */
export const orderAgain: Act = {
  name: "order_again",
  title: "Order again",
  summary: "Places an order that is over anew, at today's prices, and sends the link to pay.",
  leastRole: "operator",
  role: () => "operator",
  input: z.strictObject({}),
  asksStripe: true,
  plan(facts) {
    const { order, lines, payments } = facts;
    if (!over.includes(order.status)) {
      const because = `The order is ${order.status.replaceAll("_", " ")}: only one is copied that`;
      return impossible("order_not_over", `${because} was rejected, has expired or was cancelled.`);
    }
    if (payments.some(({ status }) => liveStatuses.includes(status))) {
      const because = "Money for it may still come and bring it back. Check in Stripe first.";
      return impossible("payment_still_open", because);
    }
    if (order.contact === null) {
      const because = "The customer was erased: nobody is left to order for.";
      return impossible("contact_erased", because);
    }
    const refused = openAtStripe(facts);
    if (refused) return refused;
    const count = lines.length === 1 ? "its line" : `its ${lines.length} lines`;
    return possible(
      `A new order is placed with ${count}, for the same customer, at today's prices.`,
      "As soon as its goods are held, the customer is sent the link to pay.",
      "Should money for this one come all the same, the new one is closed, or the money goes back.",
    );
  },
  async perform(trx, { settings, contacts }, call): Promise<Done> {
    const { orderId, actor, idempotencyKey } = call;
    const {
      number,
      orderId: newId,
      ...advanced
    } = await placeAgain(trx, settings, {
      ...{ orderId, contacts, actor, idempotencyKey },
    });
    const sentence = `The order was placed again as ${number}.`;
    return { ...advanced, sentence, outcome: { orderId: newId, number } };
  },
};
