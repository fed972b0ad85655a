import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Collision } from "../../../src/db/transaction.ts";
import { ordersAt } from "../../orders/operators/orders-in.ts";
import { everything, useActDesk } from "./desk.ts";

const { desk, act } = useActDesk();
const { orderAt } = ordersAt(desk);

/** The last thing that an act does, its row in the audit, collides so often. */
async function collideTimes(times: number): Promise<void> {
  // What a sequence has counted is not taken back with the transaction.
  await sql`CREATE SEQUENCE collisions`.execute(desk.db);
  await sql`
    CREATE FUNCTION collide() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('collisions') > ${sql.lit(times)} THEN RETURN NEW; END IF;
      RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01';
    END $$`.execute(desk.db);
  await sql`CREATE TRIGGER collide BEFORE INSERT ON operator_acts
    FOR EACH ROW EXECUTE FUNCTION collide()`.execute(desk.db);
}

async function triesMade(): Promise<number> {
  const { rows } = await sql<{ tries: number }>`
    SELECT last_value AS tries FROM collisions`.execute(desk.db);
  return Number(rows[0]?.tries);
}

async function actsOnRecord(orderId: string): Promise<number> {
  const acts = desk.db.selectFrom("operator_acts").select("id").where("order_id", "=", orderId);
  return (await acts.execute()).length;
}

describe("an act that collides with somebody's work", () => {
  beforeEach(() => sql`DROP SEQUENCE IF EXISTS collisions`.execute(desk.db));
  afterEach(async () => {
    await sql`DROP TRIGGER collide ON operator_acts`.execute(desk.db);
    await sql`DROP FUNCTION collide`.execute(desk.db);
    await sql`DROP SEQUENCE collisions`.execute(desk.db);
  });

  test.each([1, 5])("is done again, and once, after %i collisions", async (times) => {
    const paying = await orderAt("paid");
    await collideTimes(times);
    const answer = await act("refund", paying, { input: { reason: "damaged", amountMinor: 100 } });
    expect(answer).toMatchObject({ kind: "done", replayed: false });
    expect(await triesMade()).toBe(times + 1);
    expect(await desk.amountsOf(paying)).toEqual([100]);
    expect(await actsOnRecord(paying.orderId)).toBe(1);
    const events = (await desk.historyOf(paying)).map(({ event }) => event);
    expect(events.filter((event) => event === "operator_acted")).toHaveLength(1);
    expect(events.filter((event) => event === "refund_requested")).toHaveLength(1);
  });

  test("is given up when it loses each time, and nothing of it is done", async () => {
    const paying = await orderAt("paid");
    await collideTimes(1_000);
    const before = await everything(desk.db);
    const asked = act("refund", paying, { input: { reason: "damaged", amountMinor: 100 } });
    await expect(asked).rejects.toBeInstanceOf(Collision);
    expect(await triesMade()).toBe(6);
    expect(await everything(desk.db)).toEqual(before);
  });
});
