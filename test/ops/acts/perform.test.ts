import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { type Role, roles } from "../../../src/ops/access/roles.ts";
import { type ActName, actNames } from "../../../src/ops/acts/act.ts";
import { acts } from "../../../src/ops/acts/acts.ts";
import type { OrderChanged } from "../../../src/ops/acts/stale-order.ts";
import { ordersAt } from "../../orders/operators/orders-in.ts";
import { ann, ben, everything, outcomeOf, useActDesk } from "./desk.ts";

const { desk, books, act, seen } = useActDesk();
const { orderAt } = ordersAt(desk);

const rounds = 20;

/** An input that each act takes, whatever comes of it. */
const inputs: Record<ActName, object> = {
  check: {},
  retry_payment: {},
  set_status: { to: "cancelled" },
  resend: { messageId: randomUUID() },
  refund: { reason: "damaged" },
  cancel: { refund: "full" },
  release_hold: {},
  extend_hold: { minutes: 5 },
  replay_webhook: { eventId: "evt_1" },
  replay_delivery: { deliveryId: randomUUID() },
  requeue_job: { queue: "payment", jobId: `start_payment-${randomUUID()}-1-0` },
  order_again: {},
  settle: {},
};

describe("roles", () => {
  const cases = roles.flatMap((role) => actNames.map((name): [Role, ActName] => [role, name]));

  test.each(cases)("a %s may do %s only if the act says so", async (role, name) => {
    const { orderId } = await orderAt("draft");
    const by = { actor: `ops:${role}`, role };
    const input = inputs[name];
    const isAllowed = role !== "viewer";
    const said = await outcomeOf(act(name, { orderId }, { input, by }));
    expect(said === "role_too_low").toBe(!isAllowed);
    const dry = await outcomeOf(act(name, { orderId }, { input, by, dryRun: true }));
    expect(dry === "role_too_low").toBe(!isAllowed);
  });

  test("only an admin takes an order as paid by other means", async () => {
    const order = await orderAt("awaiting payment");
    const input = { to: "paid", reference: "till 7" };
    expect(await outcomeOf(act("set_status", order, { input, by: ben }))).toBe("role_too_low");
    expect(await outcomeOf(act("set_status", order, { input, by: ann }))).toBe("done");
    expect(acts.set_status.role({ to: "expired" })).toBe("operator");
  });
});

describe("two operators at once", () => {
  test(`one wins and the other sees how the order stands, in ${rounds} rounds`, async () => {
    for (let round = 0; round < rounds; round++) {
      const paying = await orderAt("awaiting payment");
      const { version: ifMatch } = await desk.orderOf(paying);
      const answers = await Promise.allSettled([
        act("extend_hold", paying, { input: { minutes: 5 }, by: ann, ifMatch }),
        act("set_status", paying, { input: { to: "cancelled" }, by: ben, ifMatch }),
      ]);
      const lost = answers.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
      expect(lost, `round ${round}`).toHaveLength(1);
      const { code, present } = lost[0] as OrderChanged;
      const now = await desk.orderOf(paying);
      expect(code).toBe("order_changed");
      expect(present).toMatchObject({ id: paying.orderId, status: now.status });
      expect(present.version).toBe(now.version);
      expect(present.diagnosis).toMatch(/\.$/);
      const history = await desk.historyOf(paying);
      expect(history.filter(({ event }) => event === "operator_acted")).toHaveLength(1);
    }
  });

  test("who saw an older version is refused before anything is done", async () => {
    const paying = await orderAt("paid");
    const { version } = await desk.orderOf(paying);
    const before = await everything(desk.db);
    const stale = { ifMatch: version - 1 };
    expect(await outcomeOf(act("settle", paying, stale))).toBe("order_changed");
    const dry = act("settle", paying, { ...stale, dryRun: true });
    expect(await outcomeOf(dry)).toBe("order_changed");
    expect(await everything(desk.db)).toEqual(before);
  });
});

describe("an idempotency key", () => {
  test("acts once, also for twins at the same moment", async () => {
    const paying = await orderAt("paid");
    const wish = { input: { reason: "damaged", amountMinor: 100 }, key: randomUUID() };
    const twins = await Promise.all([act("refund", paying, wish), act("refund", paying, wish)]);
    const again = await act("refund", paying, wish);
    expect(twins.map((one) => one.kind === "done" && one.replayed).sort()).toEqual([false, true]);
    expect(again).toMatchObject({ kind: "done", replayed: true });
    const outcomes = [...twins, again].map((one) => (one.kind === "done" ? one.outcome : null));
    expect(new Set(outcomes.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(await desk.amountsOf(paying)).toEqual([100]);
  });

  test("with another request is refused; another operator's is another key", async () => {
    const paying = await orderAt("paid");
    const key = randomUUID();
    const wish = { input: { reason: "damaged", amountMinor: 100 }, key };
    await act("refund", paying, wish);
    const other = { input: { reason: "damaged", amountMinor: 200 }, key };
    expect(await outcomeOf(act("refund", paying, other))).toBe("idempotency_key_reused");
    expect(await outcomeOf(act("refund", paying, { ...wish, by: ben }))).toBe("done");
    expect(await desk.amountsOf(paying)).toEqual([100, 100]);
  });
});

describe("what an act is asked with", () => {
  test.each<[ActName, object, string]>([
    ["extend_hold", { minutes: 0 }, "input.minutes"],
    ["extend_hold", {}, "input.minutes"],
    ["set_status", { to: "paid" }, "input.reference"],
    ["set_status", { to: "lost" }, "input.to"],
    ["refund", { reason: "damaged", amountMinor: 1.5 }, "input.amountMinor"],
    ["refund", { reason: "damaged", lines: [{ sku: "a", quantity: 0 }] }, "input.lines.0.quantity"],
    ["resend", { messageId: "no uuid" }, "input.messageId"],
    ["settle", { more: 1 }, "input"],
  ])("%s %j names the field %s", async (name, input, field) => {
    const { orderId } = await orderAt("paid");
    const asked = act(name, { orderId }, { input });
    await expect(asked).rejects.toMatchObject({ code: "invalid_act", faults: [{ field }] });
  });

  test("needs a reason and a key, but not for a dry run", async () => {
    const paying = await orderAt("paid");
    const bare = { by: { ...ann }, key: "short" };
    const asked = act("settle", paying, bare);
    await expect(asked).rejects.toMatchObject({ faults: [{ field: "Idempotency-Key" }] });
    expect(await outcomeOf(act("settle", paying, { ...bare, dryRun: true }))).toBe("done");
    expect(await outcomeOf(act("settle", { orderId: randomUUID() }))).toBe("order_not_found");
  });
});

describe("all or nothing", () => {
  test("an act whose audit row can't be written has not happened", async () => {
    const paying = await orderAt("awaiting payment");
    seen(books, paying, { status: "captured", capturedMinor: 1_000 });
    await sql`
      CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'crash'; END $$`.execute(desk.db);
    await sql`CREATE TRIGGER crash BEFORE INSERT ON operator_acts
      EXECUTE FUNCTION crash()`.execute(desk.db);
    try {
      const before = await everything(desk.db);
      for (const [name, input] of [
        ["check", {}],
        ["set_status", { to: "cancelled" }],
        ["extend_hold", { minutes: 5 }],
        ["settle", {}],
        ["set_status", { to: "paid", reference: "till 7" }],
      ] as const) {
        // By other means only what Stripe does not have already.
        if ("reference" in input) seen(books, paying);
        await expect(act(name, paying, { input })).rejects.toThrow("crash");
      }
      expect(await everything(desk.db)).toEqual(before);
    } finally {
      await sql`DROP TRIGGER crash ON operator_acts`.execute(desk.db);
      await sql`DROP FUNCTION crash`.execute(desk.db);
    }
    seen(books, paying, { status: "captured", capturedMinor: 1_000 });
    expect(await outcomeOf(act("check", paying))).toBe("done");
    expect((await desk.orderOf(paying)).status).toBe("paid");
  });
});
