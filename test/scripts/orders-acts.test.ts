import { execFileSync } from "node:child_process";
import { userInfo } from "node:os";
import { describe, expect, test } from "vitest";
import { addOperator } from "../../src/ops/access/operators.ts";
import { useOrdersCommand } from "./orders-command.ts";

const { desk, orderAt, orders, now } = useOrdersCommand();

/** The words of a command as a shell reads them, after npm run orders --. */
function wordsOf(command: string): string[] {
  const [, words = ""] = command.split("npm run orders -- ");
  const printed = execFileSync("sh", ["-c", `printf '%s\\n' ${words}`], { encoding: "utf8" });
  return printed.trimEnd().split("\n");
}

describe("an act of npm run orders", () => {
  test("does an act with a reason, under the name of whoever is at the machine", async () => {
    const paying = await orderAt("awaiting payment");
    const { version } = await desk.orderOf(paying);
    const dry = await orders("extend", paying.orderId, "10", "--dry-run");
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringContaining("This would happen:")]);
    expect((await desk.orderOf(paying)).version).toBe(version);

    const { code, stdout } = await orders("extend", paying.orderId, "10", ...(await now(paying)));
    expect([code, stdout]).toEqual([0, expect.stringContaining("stay held until")]);
    const acts = await desk.db
      .selectFrom("operator_acts")
      .select(["actor", "act", "reason"])
      .where("order_id", "=", paying.orderId)
      .execute();
    const actor = `cli:${userInfo().username}`;
    expect(acts).toEqual([{ actor, act: "extend_hold", reason: "the customer called" }]);
  });

  test("tells in a dry run the command that does it, once, at the version shown", async () => {
    const paying = await orderAt("awaiting payment");
    const dry = ["extend", paying.orderId, "10", "--reason", "it's her card", "--dry-run"];
    const { command } = JSON.parse((await orders(...dry, "--json")).stdout);
    const words = wordsOf(command);
    const done = await orders(...words);
    expect([done.code, done.stderr]).toEqual([0, ""]);
    expect((await orders(...words)).stdout).toContain('"replayed":true');
    const reasons = desk.db.selectFrom("operator_acts").select("reason");
    expect(await reasons.where("order_id", "=", paying.orderId).execute()).toEqual([
      { reason: "it's her card" },
    ]);
  });

  test("says the key before it acts, so that nothing is done twice", async () => {
    const paying = await orderAt("paid");
    const args = ["refund", paying.orderId, "--amount-minor", "100", ...(await now(paying))];
    const { stderr } = await orders(...args);
    const [, said = ""] = /repeat it with --key (\S+)\.\n/.exec(stderr) ?? [];
    const again = await orders(...args, "--key", said);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining("was done before")]);
    expect(await desk.amountsOf(paying)).toEqual([100]);
  });

  test("acts as the operator of --as, who may do what their role may", async () => {
    const by = { actor: "cli:test", reason: "for the tests" };
    for (const role of ["viewer", "operator"] as const) {
      await addOperator(desk.db, { name: role, password: "a long password", role }, by);
    }
    const paying = await orderAt("awaiting payment");
    const args = ["extend", paying.orderId, "10", ...(await now(paying))];
    expect((await orders(...args, "--as", "viewer")).code).toBe(3);
    expect((await orders(...args, "--as", "nobody")).code).toBe(5);
    expect((await orders(...args, "--as", "operator")).code).toBe(0);
    const actors = desk.db.selectFrom("operator_acts").select("actor");
    expect(await actors.where("order_id", "=", paying.orderId).execute()).toEqual([
      { actor: `cli:${userInfo().username} as operator` },
    ]);
  });

  test("does the same key once", async () => {
    const paying = await orderAt("paid");
    const args = ["refund", paying.orderId, "--amount-minor", "100", "--json"];
    args.push(...(await now(paying)));
    const once = await orders(...args, "--key", "one-key-of-20-characters");
    const again = await orders(...args, "--key", "one-key-of-20-characters");
    expect([once.code, again.code]).toEqual([0, 0]);
    expect(JSON.parse(again.stdout)).toMatchObject({
      ...{ replayed: true, outcome: JSON.parse(once.stdout).outcome },
    });
    expect(await desk.amountsOf(paying)).toEqual([100]);
  });
});
