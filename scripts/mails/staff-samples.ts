import type { OnCallLetter, StaffMessage } from "../../src/notifications/staff/staff-messages.ts";

/** What staff is told, in each way that it can come out. */
type StaffSample = { what: string; message: Pick<StaffMessage, "order" | "letter"> };

const order = {
  id: "01990000-0000-7000-8000-000000000000",
  number: "4Q7K-9M2X-P0TZ",
  shopName: "Aurora Home",
  currency: "gbp",
  totalMinor: 125_000,
};

const orders = ["4Q7K-9M2X-P0TZ", "7T2N-5WQ8-K1RD", "9B3F-6YH4-M2VC"].map((number) => ({
  ...{ id: order.id, number },
}));
const title = "Paid at Stripe, and no word of it here";
const single = { title, about: null, orders: orders.slice(0, 1), more: 0 };
const many = { title: "A message is late", about: null, orders, more: 480 };
const system = {
  title: "Nobody wakes what waits",
  about: "The sweeper is silent, so nothing heals by itself. Start it again.",
  orders: [],
  more: 0,
};

const notice = (event: string): StaffSample["message"] => ({
  order: { ...order, event },
  letter: null,
});
const onCall = (letter: OnCallLetter): StaffSample["message"] => ({ order: null, letter });

export const staffSamples: readonly StaffSample[] = [
  { what: "a large order is paid", message: notice("payment_captured") },
  { what: "a dispute", message: notice("dispute_opened") },
  { what: "on call: a problem", message: onCall({ raised: [single], over: [] }) },
  { what: "on call: several", message: onCall({ raised: [system, many], over: [single] }) },
  { what: "on call: over", message: onCall({ raised: [], over: [single] }) },
];
