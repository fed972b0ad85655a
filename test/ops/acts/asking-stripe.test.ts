import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { connect } from "../../../src/db/connect.ts";
import { perform } from "../../../src/ops/acts/perform.ts";
import { ordersAt } from "../../orders/operators/orders-in.ts";
import { quiet } from "../../support/settings.ts";
import { ann, everything, outcomeOf, useActDesk, versionOf } from "./desk.ts";

const { desk, means, books, act, seen } = useActDesk();
const { orderAt } = ordersAt(desk);

describe("check in Stripe", () => {
  test("shows what differs, and applies it", async () => {
    const paying = await orderAt("awaiting payment");
    seen(books, paying, { status: "captured", capturedMinor: 1_000 });
    const dry = await act("check", paying, { dryRun: true });
    expect(dry).toMatchObject({
      plan: {
        effects: [
          "Payment 1: status is pending here and captured at Stripe.",
          "Payment 1: money taken is £0.00 here and £10.00 at Stripe.",
          "What Stripe says is applied here.",
        ],
      },
    });
    const done = await act("check", paying);
    expect(done).toMatchObject({ sentence: "Applied what Stripe says. The order is paid." });
    const again = await act("check", paying);
    expect(again).toMatchObject({ sentence: expect.stringContaining("say the same") });
  });

  test("waits for no second connection while it holds locks", async () => {
    const few = connect({ ...desk.settings, DATABASE_POOL: 1 }, quiet);
    const orders = [];
    for (let nr = 0; nr < 4; nr++) orders.push(await orderAt("awaiting payment"));
    for (const paying of orders) seen(books, paying, { status: "captured", capturedMinor: 1_000 });
    try {
      const ifMatch = await versionOf(desk.db, orders[0]?.orderId ?? "");
      const answers = orders.map(({ orderId }, nr) =>
        perform({ ...means, db: few }, ann, {
          ...{ act: "check", order: orderId, input: {}, reason: "all at once", ifMatch },
          ...{ idempotencyKey: `all-at-once-${nr}-${orderId}`, dryRun: false },
        }),
      );
      expect(await Promise.all(answers.map(outcomeOf))).toEqual(["done", "done", "done", "done"]);
    } finally {
      await few.destroy();
    }
  });

  test("changes nothing while Stripe is away, and says so", async () => {
    const paying = await orderAt("awaiting payment");
    seen(books, paying);
    books.away = true;
    const before = await everything(desk.db);
    for (const name of ["check", "retry_payment"] as const) {
      expect(await outcomeOf(act(name, paying))).toBe("stripe_unreachable");
      expect(await outcomeOf(act(name, paying, { dryRun: true }))).toBe("stripe_unreachable");
    }
    expect(await everything(desk.db)).toEqual(before);
    // What does not ask Stripe goes on.
    expect(await outcomeOf(act("extend_hold", paying, { input: { minutes: 5 } }))).toBe("done");
  });
});

describe("retry payment", () => {
  const linksOf = async (orderId: string) =>
    (await desk.messagesOf({ orderId } as never)).filter((each) => each.startsWith("pay_link"));

  test("applies that the order is paid, and sends no link", async () => {
    const paying = await orderAt("awaiting payment");
    seen(books, paying, { status: "captured", capturedMinor: 1_000 });
    const done = await act("retry_payment", paying);
    expect(done).toMatchObject({ outcome: { opened: false, linkSent: false } });
    expect((await desk.orderOf(paying)).status).toBe("paid");
    expect(await linksOf(paying.orderId)).toEqual([]);
  });

  test("gives up no payment while Stripe's account may be another", async () => {
    const paying = await orderAt("awaiting payment");
    await sql`UPDATE installation SET stopped_because = 'Other keys.'`.execute(desk.db);
    try {
      expect(await outcomeOf(act("retry_payment", paying))).toBe("writes_stopped");
    } finally {
      await sql`UPDATE installation SET stopped_because = NULL`.execute(desk.db);
    }
    expect((await desk.paymentOf(paying)).status).toBe("pending");
  });

  test("leaves a living payment alone, and sends the link", async () => {
    const paying = await orderAt("awaiting payment");
    seen(books, paying);
    expect(await act("retry_payment", paying)).toMatchObject({ outcome: { opened: false } });
    expect(await linksOf(paying.orderId)).toEqual(["pay_link/email", "pay_link/sms"]);
    expect((await desk.paymentOf(paying)).status).toBe("pending");
  });

  test.each(["missing", "cancelled"] as const)("opens a new one where it is %s", async (how) => {
    const paying = await orderAt("awaiting payment");
    if (how === "cancelled") seen(books, paying, { status: "cancelled" });
    expect(await outcomeOf(act("retry_payment", paying))).toBe("done");
    const { rows } = await sql<{ status: string }>`
      SELECT status FROM payments WHERE order_id = ${paying.orderId} ORDER BY attempt`.execute(
      desk.db,
    );
    expect(rows.map(({ status }) => status)).toEqual([expect.any(String), "created"]);
    expect(rows[0]?.status).not.toBe("pending");
    expect(await linksOf(paying.orderId)).toEqual(["pay_link/email", "pay_link/sms"]);
  });

  test("sends no second link right away, and says so, but opens what is dead", async () => {
    const paying = await orderAt("awaiting payment");
    seen(books, paying);
    await act("retry_payment", paying);
    const before = await everything(desk.db);
    for (const dryRun of [true, false]) {
      const again = act("retry_payment", paying, { dryRun });
      expect(await outcomeOf(again)).toBe("pay_link_on_its_way");
    }
    expect(await everything(desk.db)).toEqual(before);
    await sql`UPDATE notifications SET status = 'sent', sent_at = now(), due_at = NULL
      WHERE order_id = ${paying.orderId} AND template = 'pay_link'`.execute(desk.db);
    expect(await outcomeOf(act("retry_payment", paying))).toBe("pay_link_just_sent");
    seen(books, paying, { status: "cancelled" });
    const noLink = expect.stringMatching(/^No link is sent\. .* The next is possible at \d\d:\d\d/);
    expect(await act("retry_payment", paying, { dryRun: true })).toMatchObject({
      plan: { possible: true, effects: [expect.stringContaining("a new one is opened"), noLink] },
    });
    expect(await act("retry_payment", paying)).toMatchObject({
      outcome: { opened: true, linkSent: false },
    });
    expect(await linksOf(paying.orderId)).toEqual(["pay_link/email", "pay_link/sms"]);
  });

  test("waits for money that is on its way", async () => {
    const paying = await orderAt("awaiting payment");
    seen(books, paying, { status: "processing" });
    expect(await outcomeOf(act("retry_payment", paying))).toBe("payment_processing");
    expect(await linksOf(paying.orderId)).toEqual([]);
  });
});
