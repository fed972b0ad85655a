import { expect, test } from "vitest";
import { compareBooks } from "../../../src/workers/comparison/compare-books.ts";
import { orderOf } from "../paying.ts";
import { useQueues } from "../queue-desk.ts";
import { atOnce, comparingMeans } from "./comparing.ts";

const desk = useQueues(atOnce);

test("takes a capture between Stripe's answer and our look for no difference", async () => {
  const shop = await comparingMeans(desk);
  const { paying, intent } = await shop.payable("meanwhile");
  await shop.compare();
  const gateway: typeof shop.gateway = {
    ...shop.gateway,
    async *listIntents(span) {
      for await (const page of shop.gateway.listIntents(span)) {
        await shop.pay(intent);
        await shop.syncs.payment(paying.paymentId);
        yield page;
      }
    },
  };
  await compareBooks({ ...shop, gateway })({ id: "hourly_comparison" }, shop.job);
  expect(await orderOf(desk, paying.orderId)).toMatchObject({ status: "paid" });
  expect(await shop.breaksOf(intent)).toEqual([]);
});
