import { sql } from "kysely";
import { beforeAll, expect, test } from "vitest";
import { useApi } from "../support/api.ts";
import { paidOrder } from "../support/api-money.ts";
import { addProduct } from "../support/shop-floor.ts";

const api = useApi();
beforeAll(() => addProduct(api, "MUG", { stock: 100 }));

type Order = { id: string };
const acts = {
  ship: ({ id }: Order) => {
    const json = { carrier: "Van" };
    return api.ask(`/v1/orders/${id}/shipments`, { as: api.secretKey, json });
  },
  cancel: ({ id }: Order) => {
    const json = { lines: [{ sku: "MUG", quantity: 1 }], refund: "full" };
    return api.ask(`/v1/orders/${id}/cancel`, { as: api.secretKey, json });
  },
};

test.each(Object.entries(acts))(
  "an order with odd holds is alone refused to %s",
  async (_, act) => {
    const orders: Order[] = [];
    for (let nr = 0; nr < 7; nr++) orders.push(await paidOrder(api, "MUG", 2));
    const odd = orders[3];
    await sql`UPDATE holds SET status = 'released' WHERE order_id = ${odd?.id}`.execute(api.db);
    const answers = await Promise.all(orders.map(act));
    const refused = answers.filter(({ status }) => status >= 300);
    expect(refused).toMatchObject([{ status: 409, body: { type: "/problems/hold_too_small" } }]);
    expect(answers.indexOf(refused[0] as (typeof answers)[number])).toBe(3);
  },
);
