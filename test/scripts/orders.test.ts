import { describe, expect, test } from "vitest";
import { because, useOrdersCommand } from "./orders-command.ts";

const { desk, orderAt, orders, now } = useOrdersCommand();

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

  test("ends with 2 when it is called wrongly, and does nothing", async () => {
    const paid = await orderAt("paid");
    const { orderId } = paid;
    const fits = await now(paid);
    const calls = [
      [],
      ["fly"],
      ["show"],
      ["cancel", orderId, "--refund", "full"],
      ["cancel", orderId, "--refund", "full", ...because],
      ["cancel", orderId, "--refund", "half", ...fits],
      ["set-status", orderId, "paid", ...fits],
      ["refund", orderId, "--payment", "the second", ...fits],
      ["extend", orderId, "long", ...fits],
      ["cancel", orderId, "--refund", "full", ...fits, "--key", "short"],
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
    const paid = await orderAt("paid");
    const { orderId } = paid;
    const { code, stderr } = await orders("release", orderId, ...(await now(paid)));
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/^Its key is .*\nThe order is paid: cancel it to free its goods\.\n$/),
    ]);
    const dry = await orders("release", orderId, "--dry-run");
    expect([dry.code, dry.stdout]).toEqual([3, expect.stringContaining("(already_paid)")]);
  });

  test("ends with 1 while Stripe does not answer, where the act needs it", async () => {
    const paying = await orderAt("awaiting payment");
    const { code, stderr } = await orders("check", paying.orderId, ...(await now(paying)));
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
    const gone = await orders("settle", "0000-0000-0000", ...because, "--if-match", "1");
    expect(gone.code).toBe(5);
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
