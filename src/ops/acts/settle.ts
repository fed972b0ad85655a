import { z } from "zod";
import { settleOrder } from "../../orders/operators/settle-order.ts";
import { type Act, type Done, possible } from "./act.ts";

/** Says that a person has dealt with what happened to an order until now. */
export const settle: Act = {
  name: "settle",
  title: "Mark as dealt with",
  summary: "Takes the order off the list of problems: a person has dealt with it.",
  leastRole: "operator",
  role: () => "operator",
  input: z.strictObject({}),
  plan({ order }) {
    const flag = order.attention === null ? [] : [`The flag ${order.attention} is taken down.`];
    return possible(
      ...flag,
      "What happened until now is no problem any more. What happens later may be one.",
    );
  },
  async perform(trx, _means, { orderId, actor }, { order }): Promise<Done> {
    await settleOrder(trx, { orderId, actor });
    const outcome = { attention: order.attention };
    return { moved: [], hints: [], sentence: "The order counts as dealt with.", outcome };
  },
};
