import { describe, expect, test } from "vitest";
import { maskDeep } from "../../../src/ops/access/mask.ts";
import { eventWords } from "../../../src/ops/pages/order/event-words.ts";
import type { FulfilmentView } from "../../../src/orders/fulfilment/fulfilment-view.ts";
import { textOf } from "./browsing.ts";
import { before, drawn, facts } from "./example-order.ts";

const refundId = "019abc00-4444-7222-8333-123456789abc";
const fulfilment: FulfilmentView = {
  shipments: [
    {
      ...{ id: "parcel", carrier: "Royal <b>Mail</b>", trackingNumber: "RM1" },
      ...{ trackingUrl: "https://track.example/RM1", actor: "key:sk_1" },
      ...{ shippedAt: before(7_200).toISOString(), lines: [{ sku: "mug", quantity: 1 }] },
    },
  ],
  returns: [
    {
      ...{ id: "back", refundId, note: null, actor: "key:sk_1" },
      returnedAt: before(60).toISOString(),
      lines: [{ sku: "mug", quantity: 1, restock: false }],
    },
  ],
  cancelled: [{ sku: "mug", quantity: 1 }],
};
const order = { ...facts.order, status: "completed" as const };
const shipped = { ...facts, order, fulfilment };

describe("the page of an order that ships", () => {
  test("says of each line how far it came", () => {
    expect(textOf(drawn({ facts: shipped }))).toContain("1 shipped · 1 cancelled · 1 returned");
    expect(textOf(drawn())).not.toContain("shipped");
  });

  test("shows its parcels and what came back, with the way to follow and the refund", () => {
    const page = drawn({ facts: shipped });
    expect(textOf(page)).toContain(
      "Shipments and returns Shipped with Royal &lt;b&gt;Mail&lt;/b&gt; 2 h ago",
    );
    expect(page).toContain('href="https://track.example/RM1"');
    expect(page).not.toContain("<b>Mail");
    expect(textOf(page)).toContain("Returned 1 min ago not restocked");
    expect(page).toContain(`href="#refund-${refundId}"`);
  });

  test("shows viewers that it shipped, and nothing that leads to a door", () => {
    const page = drawn({ facts: maskDeep(shipped), mayAct: false });
    expect(textOf(page)).toContain("Shipped with");
    expect(page).not.toContain("RM1");
  });
});

describe("in the timeline", () => {
  const noted = (event: Parameters<typeof eventWords>[0]["event"], detail: object) =>
    textOf(
      eventWords({ event, detail: { ...detail } })
        .notes.map(String)
        .join(" | "),
    );
  const lines = [{ sku: "mug", quantity: 2 }];

  test("a shipment names its carrier and goods, and what is still to ship", () => {
    expect(noted("shipped", { carrier: "Van", trackingNumber: "RM1", lines, left: 3 })).toBe(
      "with Van | 2 × mug | 3 still to ship",
    );
  });

  test("many goods are cut short", () => {
    const many = Array.from({ length: 9 }, (_, nr) => ({ sku: `s${nr}`, quantity: 1 }));
    expect(noted("shipped", { carrier: "Van", lines: many, left: 0 })).toContain("and 4 more");
  });

  test("goods that are given up or come back say what becomes of their price", () => {
    expect(noted("lines_cancelled", { lines, refundId })).toContain("their money goes back");
    expect(noted("returned", { lines, refundId: null })).toContain("without a refund");
  });
});
