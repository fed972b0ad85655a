import { beforeEach, describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { keepStaffRules } from "../../../src/notifications/staff/keep-rules.ts";
import { recipientOf } from "../../../src/notifications/staff/recipients.ts";
import { renewInstallation } from "../../../src/orders/installation/decide-installation.ts";
import { remark } from "../../../src/orders/remark.ts";
import type { StaffRules } from "../../../src/staff-rules.ts";
import { ordersAt } from "../../orders/operators/orders-in.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { decision } from "../../workers/installations.ts";

const desk = useRefundDesk();
const { orderAt } = ordersAt(desk);

const boss = "boss@shop.example";
const phone = "+447700900999";

type Rule = Partial<StaffRules["rules"][number]>;
const keep = (...rules: Rule[]) =>
  keepStaffRules(desk.db, {
    rules: rules.map((rule) => ({ event: "payment_captured", to: [boss], ...rule })),
    onCall: null,
  });

/** What staff is written of an order, as "event channel recipient". */
async function written(orderId: string): Promise<string[]> {
  const rows = await desk.db
    .selectFrom("notifications as n")
    .innerJoin("order_events as e", (join) =>
      join.onRef("e.order_id", "=", "n.order_id").onRef("e.seq", "=", "n.seq"),
    )
    .select(["e.event", "n.channel", "n.recipient", "n.template"])
    .where("n.order_id", "=", orderId)
    .where("n.recipient", "<>", "customer")
    .orderBy("e.seq")
    .orderBy("n.channel")
    .execute();
  expect(rows.every(({ template }) => template === "staff_notice")).toBe(true);
  return rows.map(({ event, channel, recipient }) => `${event} ${channel} ${recipient}`);
}

const told = (event: string, address = boss) =>
  `${event} ${address.startsWith("+") ? "sms" : "email"} ${recipientOf(address)}`;

describe("staff is told by rule", () => {
  beforeEach(() => keep());

  test("of an event, each recipient once whatever the number of rules", async () => {
    await keep({ to: [boss, phone] }, { to: [boss.toUpperCase()] }, { event: "stock_refused" });
    const { orderId } = await orderAt("paid");
    expect(await written(orderId)).toEqual([
      told("payment_captured"),
      told("payment_captured", phone),
    ]);
    const rejected = await orderAt("rejected");
    expect(await written(rejected.orderId)).toEqual([told("stock_refused")]);
  });

  test("of what does not move an order, too", async () => {
    await keep({ event: "dispute_opened" });
    const { orderId } = await orderAt("paid");
    await inTransaction(desk.db, (trx) =>
      remark(trx, [{ orderId, event: "dispute_opened", detail: {} }], "stripe"),
    );
    expect(await written(orderId)).toEqual([told("dispute_opened")]);
  });

  test.for([
    [{ gbp: 1_000 }, true],
    [{ gbp: 1_001 }, false],
    [{ eur: 1 }, false],
    [{ eur: 1, gbp: 999 }, true],
  ] as const)("from an amount on: %j of an order of £10: %s", async ([minimum, isTold]) => {
    await keep({ minimum });
    const { orderId } = await orderAt("paid");
    expect(await written(orderId)).toEqual(isTold ? [told("payment_captured")] : []);
  });

  test.for([
    ["SKU-*", true],
    ["*", true],
    ["sku", false],
    ["s_u-*", false],
    ["%", false],
    ["*\\", false],
  ] as const)("of orders with %s among their goods: %s", async ([sku, isTold]) => {
    await keep({ sku });
    const { orderId } = await orderAt("paid");
    expect(await written(orderId)).toEqual(isTold ? [told("payment_captured")] : []);
  });

  test("of nothing where there is no rule, or none any more", async () => {
    const before = await orderAt("paid");
    expect(await written(before.orderId)).toEqual([]);
    await keep({}, { event: "cancelled" });
    await keep({ event: "cancelled" });
    const { orderId } = await orderAt("paid");
    expect(await written(orderId)).toEqual([]);
    expect(await desk.db.selectFrom("staff_rules").select("event").execute()).toEqual([
      { event: "cancelled" },
    ]);
  });

  test("together with the event, and not at all where that does not come to pass", async () => {
    await keep({ event: "settled" });
    const { orderId } = await orderAt("paid");
    const dropped = inTransaction(desk.db, async (trx) => {
      await remark(trx, [{ orderId, event: "settled" }], "test");
      throw new Error("It did not come to pass.");
    });
    await expect(dropped).rejects.toThrow("It did not come to pass.");
    expect(await written(orderId)).toEqual([]);
  });

  test("by many processes that start at once, as if one had", async () => {
    const rules = [{ to: [boss, phone] }, { event: "cancelled" }] as const;
    await Promise.all(
      Array.from({ length: 50 }, (_, nth) =>
        nth % 2 ? keep(...rules.map((each) => ({ ...each, to: [boss] }))) : keep({}),
      ),
    );
    await keep({ event: "revived" });
    expect(await desk.db.selectFrom("staff_rules").select(["id", "event"]).execute()).toEqual([
      { id: 1, event: "revived" },
    ]);
  });

  /** The last one: it makes all orders of this database those of another installation. */
  test("never of orders that were copied from another installation", async () => {
    await keep({ event: "settled" });
    const { orderId } = await orderAt("paid");
    await renewInstallation(desk.db, desk.settings, decision);
    await inTransaction(desk.db, (trx) => remark(trx, [{ orderId, event: "settled" }], "test"));
    expect(await written(orderId)).toEqual([]);
  });
});
