import { expect, test } from "vitest";
import { type HistoryEvent, tellEvent } from "../../src/orders/told-events.ts";

function happened(event: HistoryEvent["event"], detail: HistoryEvent["detail"]): HistoryEvent {
  const at = new Date("2026-11-26T08:00:00Z");
  return { orderId: "o", orderNumber: "4Q7K", seq: 5, event, to: "paid", detail, at };
}

const words = { note: "Ada called", reference: "transfer of Ada", returned: "in cash, to Ada" };
const tracking = { trackingNumber: "RM1", trackingUrl: "https://track.example/RM1" };
const parcel = { shipmentId: "s", carrier: "Post", lines: [{ sku: "mug", quantity: 1 }], left: 0 };

test("an event tells other systems neither what people wrote nor where a parcel is", () => {
  const told = (event: HistoryEvent["event"], detail: HistoryEvent["detail"]) =>
    tellEvent(happened(event, detail), { isGuest: false }).data;
  expect(told("paid_by_force", { ...words, totalMinor: 500 })).toEqual({ totalMinor: 500 });
  expect(told("shipped", { ...parcel, ...tracking })).toEqual(parcel);
});

test("an event tells the order's own customer where their parcel is, and no more of it", () => {
  const told = (event: HistoryEvent["event"], detail: HistoryEvent["detail"]) =>
    tellEvent(happened(event, detail), { isGuest: true }).data;
  expect(told("paid_by_force", { ...words, totalMinor: 500 })).toEqual({});
  expect(told("shipped", { ...parcel, ...tracking, ...words })).toEqual({ ...parcel, ...tracking });
});
