import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import type { Intent } from "../../../src/payments/intent.ts";
import { ordersAt } from "../../orders/operators/orders-in.ts";
import { everything, outcomeOf, useActDesk } from "./desk.ts";

const { desk, books, act, seen } = useActDesk();
const { orderAt } = ordersAt(desk);

const force = { input: { to: "paid", reference: "till 7" } };
const whole = { status: "captured", capturedMinor: 1_000 } as const;

describe("order again", () => {
  const stillThere: [string, Partial<Intent>, string][] = [
    ["was paid", whole, "paid_at_stripe"],
    ["is on its way", { status: "processing" }, "payment_still_open"],
    ["can still be paid", { status: "needs_payment" }, "payment_still_open"],
    ["waits for 3-D Secure", { status: "needs_action" }, "payment_still_open"],
  ];
  test.each(stillThere)("is refused where the old payment %s at Stripe", async (_how, at, code) => {
    const paying = await orderAt("expired");
    seen(books, paying, at);
    const before = await everything(desk.db);
    expect(await outcomeOf(act("order_again", paying, { dryRun: true }))).toBe(code);
    expect(await outcomeOf(act("order_again", paying))).toBe(code);
    expect(await everything(desk.db)).toEqual(before);
  });

  test("names what to do, and does it once that is done", async () => {
    const paying = await orderAt("expired");
    seen(books, paying, whole);
    await expect(act("order_again", paying)).rejects.toThrow("Check in Stripe first");
    await act("check", paying);
    expect((await desk.orderOf(paying)).status).toBe("paid");
    expect(await outcomeOf(act("order_again", paying))).toBe("order_not_over");
  });

  test.each(["cancelled", "missing"] as const)("goes on where it is %s there", async (how) => {
    const paying = await orderAt("expired");
    if (how === "cancelled") seen(books, paying, { status: "cancelled" });
    expect(await outcomeOf(act("order_again", paying))).toBe("done");
  });

  test("goes on where its money came and went back", async () => {
    const paying = await orderAt("cancelled after payment");
    seen(books, paying, { ...whole, refundedMinor: 1_000 });
    expect(await outcomeOf(act("order_again", paying))).toBe("done");
  });
});

describe("paid by other means", () => {
  test.each(["awaiting payment", "expired", "closing"] as const)(
    "is refused where Stripe has the money of an order that is %s",
    async (where) => {
      const paying = await orderAt(where);
      seen(books, paying, whole);
      expect(await outcomeOf(act("set_status", paying, { ...force, dryRun: true }))).toBe(
        "paid_at_stripe",
      );
      await expect(act("set_status", paying, force)).rejects.toThrow("Check in Stripe");
      expect(await desk.ledgerOf(paying)).toEqual({});
    },
  );

  test("says that money which is on its way would go back, and goes on", async () => {
    const paying = await orderAt("awaiting payment");
    await desk.apply(paying, { status: "processing" });
    seen(books, paying, { status: "processing" });
    expect(await act("set_status", paying, { ...force, dryRun: true })).toMatchObject({
      plan: { effects: expect.arrayContaining([expect.stringContaining("on its way")]) },
    });
    expect(await outcomeOf(act("set_status", paying, force))).toBe("done");
  });

  test("asks nobody for what cancels or ends the order", async () => {
    const paying = await orderAt("awaiting payment");
    books.away = true;
    const ends = { input: { to: "expired" } };
    expect(await outcomeOf(act("set_status", paying, { ...ends, dryRun: true }))).toBe("done");
    expect(await outcomeOf(act("set_status", paying, ends))).toBe("done");
  });
});

describe.each([
  ["order_again", "expired", {}],
  ["set_status", "awaiting payment", force],
] as const)("%s", (name, where, wish) => {
  test("waits for Stripe's answer", async () => {
    const paying = await orderAt(where);
    seen(books, paying, { status: "cancelled" });
    books.away = true;
    expect(await outcomeOf(act(name, paying, { ...wish, dryRun: true }))).toBe(
      "stripe_unreachable",
    );
    expect(await outcomeOf(act(name, paying, wish))).toBe("stripe_unreachable");
    books.away = false;
    expect(await outcomeOf(act(name, paying, wish))).toBe("done");
  });

  test("believes no other account", async () => {
    const paying = await orderAt(where);
    await sql`UPDATE installation SET stopped_because = 'Other keys.'`.execute(desk.db);
    try {
      expect(await outcomeOf(act(name, paying, wish))).toBe("writes_stopped");
    } finally {
      await sql`UPDATE installation SET stopped_because = NULL`.execute(desk.db);
    }
  });
});
