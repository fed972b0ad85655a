import { describe, expect, test } from "vitest";
import { seenRefund } from "../../support/money-back.ts";
import { useRefundDesk } from "../../support/refunding.ts";

const desk = useRefundDesk();

describe("a refund of goods", () => {
  test("that cost more than is left is refused by the name of what was sent", async () => {
    const paying = await desk.sold();
    await desk.refund(paying, 800);
    const lines = [{ sku: paying.sku, quantity: 1 }];
    expect(await desk.ask(paying, { lines })).toMatchObject({
      error: { code: "refund_too_large", faults: [{ field: "lines" }] },
    });
    expect(await desk.ask(paying, { lines, amountMinor: 300 })).toMatchObject({
      error: { code: "refund_too_large", faults: [{ field: "amountMinor" }] },
    });
    expect(await desk.ask(paying, { lines, amountMinor: 100 })).toMatchObject({
      outcome: "requested",
    });
  });

  test("is what they cost, and none is refunded twice", async () => {
    const paying = await desk.sold();
    const one = (quantity = 1) => ({ lines: [{ sku: paying.sku.toUpperCase(), quantity }] });
    await desk.ask(paying, one());
    expect(await desk.ask(paying, one(2))).toMatchObject({
      outcome: "refused",
      error: { code: "refund_too_large", faults: [{ field: "lines[0].quantity" }] },
    });
    await desk.ask(paying, one());
    expect(await desk.amountsOf(paying)).toEqual([500, 500]);
    expect(await desk.ask(paying, one())).toMatchObject({ outcome: "refused" });
  });

  test("sums lines of the same goods, and names each line that does not fit", async () => {
    const paying = await desk.sold();
    const { sku } = paying;
    const lines = [
      { sku, quantity: 2 },
      { sku: "ghost", quantity: 1 },
      { sku, quantity: 1 },
    ];
    expect(await desk.ask(paying, { lines })).toMatchObject({
      outcome: "refused",
      error: { faults: [{ field: "lines[1].sku" }, { field: "lines[2].quantity" }] },
    });
    const twice = [
      { sku, quantity: 1 },
      { sku, quantity: 1 },
    ];
    await desk.ask(paying, { lines: twice });
    expect(await desk.amountsOf(paying)).toEqual([1_000]);
  });

  test("may be for less than they cost", async () => {
    const paying = await desk.sold();
    await desk.ask(paying, { lines: [{ sku: paying.sku, quantity: 2 }], amountMinor: 150 });
    expect(await desk.amountsOf(paying)).toEqual([150]);
  });

  test("that failed lets the goods be refunded again", async () => {
    const paying = await desk.sold();
    const lines = [{ sku: paying.sku, quantity: 2 }];
    await desk.ask(paying, { lines });
    const [row] = await desk.refundsOf(paying);
    const seen = seenRefund({ refundId: row?.id ?? "" });
    await desk.look(paying, { ...seen, status: "failed", failure: "declined" });
    expect(await desk.ask(paying, { lines })).toMatchObject({ outcome: "requested" });
  });
});
