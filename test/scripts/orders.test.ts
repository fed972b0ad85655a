import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { describe, expect, test } from "vitest";
import { ordersAt } from "../orders/operators/orders-in.ts";
import { runCommand } from "../support/command.ts";
import { useRefundDesk } from "../support/refunding.ts";
import { contactKey } from "../support/shop.ts";

const desk = useRefundDesk();
const { orderAt } = ordersAt(desk);
const key = randomBytes(32).toString("base64");

async function orders(...args: string[]) {
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
}

const because = ["--reason", "the customer called"];

describe("npm run orders", () => {
  test("lists orders in columns, newest first, and those in a status", async () => {
    const draft = await desk.orderOf(await orderAt("draft"));
    const paid = await desk.orderOf(await orderAt("paid"));
    const { code, stdout } = await orders("list", "--limit", "2");
    expect(code).toBe(0);
    const [head = "", ...rows] = stdout.trimEnd().split("\n");
    expect(rows.map((row) => row.split(" ")[0])).toEqual([paid.number, draft.number]);
    expect(rows[0]).toMatch(/ {2}paid +10\.00 GBP {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}\S/);
    const column = head.indexOf("PLACED");
    expect(rows.map((row) => row[column - 1])).toEqual([" ", " "]);
    const { stdout: json } = await orders("list", "--status", "draft", "--json");
    expect(JSON.parse(json)).toMatchObject([{ number: draft.number, status: "draft" }]);
    expect(json).not.toContain("sealed");
  });

  test("shows an order with its diagnosis, and without Stripe's answer", async () => {
    const paying = await orderAt("awaiting payment");
    const { number } = await desk.orderOf(paying);
    const { code, stdout } = await orders("show", number.toLowerCase());
    expect(code).toBe(0);
    expect(stdout).toContain(`Order ${number}  awaiting_payment`);
    expect(stdout).toContain("Stripe does not answer");
    expect(stdout).toMatch(new RegExp(`${paying.sku} .* 2 +5\\.00 GBP {2}held`));
    expect(stdout).toMatch(/ stock_reserved +awaiting_payment/);
    expect((await orders("show", number, "--json")).stdout).not.toContain("pi_secret");
  });

  test("does an act with a reason, under the name of whoever is at the machine", async () => {
    const paying = await orderAt("awaiting payment");
    const { version } = await desk.orderOf(paying);
    const dry = await orders("extend", paying.orderId, "10", "--dry-run");
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringContaining("This would happen:")]);
    expect((await desk.orderOf(paying)).version).toBe(version);

    const { code, stdout } = await orders("extend", paying.orderId, "10", ...because);
    expect([code, stdout]).toEqual([0, expect.stringContaining("stay held until")]);
    const acts = await desk.db
      .selectFrom("operator_acts")
      .select(["actor", "act", "reason"])
      .where("order_id", "=", paying.orderId)
      .execute();
    const actor = `cli:${userInfo().username}`;
    expect(acts).toEqual([{ actor, act: "extend_hold", reason: "the customer called" }]);
  });

  test("does the same key once", async () => {
    const paying = await orderAt("paid");
    const args = ["refund", paying.orderId, "--amount-minor", "100", ...because, "--json"];
    const once = await orders(...args, "--key", "one-key-of-20-characters");
    const again = await orders(...args, "--key", "one-key-of-20-characters");
    expect([once.code, again.code]).toEqual([0, 0]);
    expect(JSON.parse(again.stdout)).toMatchObject({
      ...{ replayed: true, outcome: JSON.parse(once.stdout).outcome },
    });
    expect(await desk.amountsOf(paying)).toEqual([100]);
  });

  test("ends with 2 when it is called wrongly, and does nothing", async () => {
    const { orderId } = await orderAt("paid");
    const calls = [
      [],
      ["fly"],
      ["show"],
      ["cancel", orderId, "--refund", "full"],
      ["cancel", orderId, "--refund", "half", ...because],
      ["set-status", orderId, "paid", ...because],
      ["extend", orderId, "long", ...because],
      ["list", "--status", "lost"],
      ["problems", "--older-than", "soon"],
      ["settle", orderId, "--unknown"],
    ];
    const endings = await Promise.all(calls.map((args) => orders(...args)));
    expect(endings.map(({ code }) => code)).toEqual(calls.map(() => 2));
    expect(endings.map(({ stderr }) => stderr).filter((text) => text === "")).toEqual([]);
    const acts = await desk.db
      .selectFrom("operator_acts")
      .where("order_id", "=", orderId)
      .execute();
    expect(acts).toEqual([]);
  });

  test("ends with 3 where the order does not allow it, with what to do instead", async () => {
    const { orderId } = await orderAt("paid");
    const { code, stderr } = await orders("release", orderId, ...because);
    expect([code, stderr]).toEqual([3, "The order is paid: cancel it to free its goods.\n"]);
    const dry = await orders("release", orderId, "--dry-run");
    expect([dry.code, dry.stdout]).toEqual([3, expect.stringContaining("(already_paid)")]);
  });

  test("ends with 1 while Stripe does not answer, where the act needs it", async () => {
    const { orderId } = await orderAt("awaiting payment");
    const { code, stderr } = await orders("check", orderId, ...because);
    expect([code, stderr]).toEqual([1, expect.stringContaining("Stripe does not answer")]);
  });

  test("ends with 4 where the order has changed, and 5 where there is none", async () => {
    const { orderId } = await orderAt("paid");
    const stale = await orders("settle", orderId, ...because, "--if-match", "1", "--json");
    expect(stale.code).toBe(4);
    expect(JSON.parse(stale.stdout)).toMatchObject({
      ...{ error: "order_changed", present: { status: "paid" } },
    });
    expect((await orders("show", "0000-0000-0000")).code).toBe(5);
    expect((await orders("settle", "0000-0000-0000", ...because)).code).toBe(5);
    expect((await orders("search", "nothing-fits-this")).code).toBe(5);
  });

  test("ends with 6 while there are problems, and lists them", async () => {
    const { number } = await desk.orderOf(await orderAt("under review"));
    const { code, stdout } = await orders("problems");
    expect(code).toBe(6);
    expect(stdout).toMatch(new RegExp(`${number} +awaiting_payment .*amount_mismatch`));
    const { code: of, stdout: json } = await orders("problems", "--older-than", "9d", "--json");
    expect(JSON.parse(json).problems).toEqual([]);
    // Nothing sweeps here, and that is a problem, too.
    expect(of).toBe(6);
  });
});
