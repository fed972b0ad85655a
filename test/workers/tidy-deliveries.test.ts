import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { keepHouse } from "../../src/workers/house-keeping.ts";
import { deliveriesOf, listeningShop, placeOne } from "./endpoint-desk.ts";
import { useQueues } from "./queue-desk.ts";

const desk = useQueues();
const url = "https://erp.example/aurora";

async function statusesOf(endpointId: string): Promise<string[]> {
  return (await deliveriesOf(desk, endpointId)).map(({ status }) => status);
}

/** As an event leaves it that was written while its endpoint came back, or was taken away. */
async function park(endpointId: string): Promise<void> {
  await sql`UPDATE webhook_deliveries SET status = 'parked', due_at = now() + interval '3 days'
    WHERE endpoint_id = ${endpointId}`.execute(desk.db);
}

describe("house-keeping", () => {
  test("wakes what was parked for an endpoint that is well, in order", async () => {
    const listening = await listeningShop(desk, url);
    await placeOne(desk, listening);
    await park(listening.endpointId);
    await keepHouse(desk);
    expect(await statusesOf(listening.endpointId)).toEqual(["pending", "parked"]);
  });

  test("leaves to the endpoint's clock what waits for one that fails", async () => {
    const listening = await listeningShop(desk, url);
    await placeOne(desk, listening);
    await park(listening.endpointId);
    await sql`UPDATE webhook_endpoints SET status = 'failing', down_since = now(), due_at = now()
      WHERE id = ${listening.endpointId}`.execute(desk.db);
    await keepHouse(desk);
    expect(await statusesOf(listening.endpointId)).toEqual(["parked", "parked"]);
  });

  test("drops what waits for one that is told nothing any more", async () => {
    const listening = await listeningShop(desk, url);
    await placeOne(desk, listening);
    await sql`UPDATE webhook_endpoints SET status = 'disabled', disabled_by = 'failure'
      WHERE id = ${listening.endpointId}`.execute(desk.db);
    await keepHouse(desk);
    expect(await statusesOf(listening.endpointId)).toEqual(["dropped", "dropped"]);
  });

  test("deletes what was over for 30 days, with its tries, and nothing younger", async () => {
    const listening = await listeningShop(desk, url);
    await placeOne(desk, listening);
    const [old, young] = await deliveriesOf(desk, listening.endpointId);
    const end = async (id: string | undefined, days: number) => {
      await sql`UPDATE webhook_deliveries SET status = 'delivered', due_at = NULL,
        ended_at = now() - make_interval(days => ${days}) WHERE id = ${id}`.execute(desk.db);
      await sql`INSERT INTO webhook_attempts (delivery_id, nr, at, milliseconds)
        VALUES (${id}, 1, now(), 5)`.execute(desk.db);
    };
    await end(old?.id, 31);
    await end(young?.id, 29);
    await keepHouse(desk);
    const left = await deliveriesOf(desk, listening.endpointId);
    expect(left.map(({ id }) => id)).toEqual([young?.id]);
    const attempts = await desk.db
      .selectFrom("webhook_attempts")
      .select("delivery_id")
      .where("delivery_id", "in", [old?.id ?? "", young?.id ?? ""])
      .execute();
    expect(attempts).toEqual([{ delivery_id: young?.id }]);
  });
});
