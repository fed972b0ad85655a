import { randomBytes } from "node:crypto";
import { ordersAt } from "../orders/operators/orders-in.ts";
import { runCommand } from "../support/command.ts";
import { useRefundDesk } from "../support/refunding.ts";
import { contactKey } from "../support/shop.ts";

export const because = ["--reason", "the customer called"];

/** npm run orders on a database of the test's own, with orders in it. */
export function useOrdersCommand() {
  const desk = useRefundDesk();
  const { orderAt } = ordersAt(desk);
  const key = randomBytes(32).toString("base64");
  return {
    desk,
    orderAt,
    async orders(...args: string[]) {
      const { DATABASE_URL, REDIS_URL } = desk.settings;
      return await runCommand("orders", args, {
        ...{ DATABASE_URL, REDIS_URL, SERVER_KEY: key },
        CONTACT_KEY: `${contactKey.id}:${contactKey.key}`,
        STRIPE_SECRET_KEY: "sk_test_of_the_tests",
        STRIPE_URL: "http://127.0.0.1:1",
        SENDGRID_API_KEY: "SG.test",
        MAIL_FROM: "orders@shop.example",
        PAY_URL_TEMPLATE: "https://shop.example/pay?order={orderId}#{token}",
      });
    },
    /** With the reason, at the version that the order has. */
    async now(placed: Parameters<typeof desk.orderOf>[0]): Promise<string[]> {
      return [...because, "--if-match", String((await desk.orderOf(placed)).version)];
    },
  };
}
