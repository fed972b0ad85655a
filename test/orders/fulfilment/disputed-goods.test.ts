import { describe, expect, test } from "vitest";
import { seenDispute } from "../../support/money-back.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { shippingAt } from "../../support/shipping.ts";

const desk = useRefundDesk();
const shipping = shippingAt(desk);

describe("the money of an order that is to ship", () => {
  test("stops it while a bank disputes it, and lets it go once that is won", async () => {
    const order = await desk.sold();
    const dispute = seenDispute({});
    await desk.lookAtDisputes(order, dispute);
    expect(await shipping.ship(order)).toBe("dispute_open");
    await desk.lookAtDisputes(order, { ...dispute, status: "won" });
    expect(await shipping.ship(order)).toBe("done");
  });

  test("stops it where the bank has taken it, but not where the bank only asks", async () => {
    const order = await desk.sold();
    await desk.lookAtDisputes(order, seenDispute({ status: "lost" }));
    expect(await shipping.ship(order)).toBe("dispute_lost");
    const asked = await desk.sold();
    await desk.lookAtDisputes(asked, seenDispute({ status: "inquiry", moved: [] }));
    expect(await shipping.ship(asked)).toBe("done");
  });

  test("stops it where all of it goes back, but not where some does", async () => {
    const order = await desk.sold();
    await desk.refund(order, 400);
    expect(await shipping.ship(order, 1)).toBe("done");
    await desk.refund(order, 600);
    expect(await shipping.ship(order, 1)).toBe("order_is_refunded");
    expect((await desk.orderOf(order)).status).toBe("fulfilling");
  });
});
