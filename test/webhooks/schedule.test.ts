import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import { claimDeliveries } from "../../src/webhooks/claim-deliveries.ts";
import { rotateSecret } from "../../src/webhooks/endpoints.ts";
import { probeEndpoints } from "../../src/webhooks/probe-endpoints.ts";
import { newSecret, secretSafe } from "../../src/webhooks/secrets.ts";
import { contactKey } from "../support/shop.ts";
import { type Told, useTold } from "./told-desk.ts";

const { desk, toldOnce, tryIt, look, pass, endpointOf } = useTold();
const hour = 3_600;
const waits = [5, 30, 120, 600, 1_800, hour, 2 * hour, 4 * hour, 8 * hour, 12 * hour];

/** Others hear well: only this one delivery is refused. */
async function othersAreTaken({ endpointId }: Told): Promise<void> {
  await sql`UPDATE webhook_endpoints SET failures = 0, down_since = NULL, failure = NULL
    WHERE id = ${endpointId}`.execute(desk.db);
}

describe("a webhook that is refused", () => {
  test("is tried on its schedule for three days, and then given up", async () => {
    const told = await toldOnce();
    let elapsed = 0;
    const startedAt = performance.now();
    let tries = 0;
    for (; tries < 30; tries++) {
      const after = await tryIt(told);
      await othersAreTaken(told);
      if (after?.status !== "pending") break;
      const wanted = waits[Math.min(tries, waits.length - 1)] ?? 0;
      const left = 3 * 24 * hour - elapsed - (performance.now() - startedAt) / 1_000;
      expect(after.wait).toBeGreaterThan(Math.min(wanted * 0.8, left) - 1);
      expect(after.wait).toBeLessThanOrEqual(Math.min(wanted * 1.2, left) + 1);
      // Nobody tries it before its time.
      expect(await tryIt(told)).toBeNull();
      await pass(told, after.wait + 0.5);
      elapsed += after.wait + 0.5;
    }
    expect(await look(told.id)).toMatchObject({ status: "failed", reason: "It answered 503." });
    expect(tries).toBeGreaterThanOrEqual(12);
    expect(Math.abs(elapsed - 3 * 24 * hour)).toBeLessThan(tries + 2);
  });

  test("waits for as long as it is asked to, but no more than an hour", async () => {
    const told = await toldOnce();
    const after = await tryIt(told, 900);
    expect(after?.wait).toBeGreaterThan(895);
    expect(after?.wait).toBeLessThanOrEqual(900);
  });
});

describe("an endpoint that fails", () => {
  test("is disabled after three days of it, and not before; what waited is dropped", async () => {
    const told = await toldOnce();
    for (let failures = 0; failures < 5; failures++) {
      await tryIt(told);
      await pass(told, 13 * hour);
      await sql`UPDATE webhook_deliveries SET created_at = now() WHERE id = ${told.id}`.execute(
        desk.db,
      );
    }
    expect(await endpointOf(told)).toMatchObject({ status: "failing", failures: 5 });
    const probe = async (days: number) => {
      await sql`UPDATE webhook_endpoints
        SET down_since = now() - make_interval(days => ${days}) + interval '1 minute'
        WHERE id = ${told.endpointId}`.execute(desk.db);
      await inTransaction(desk.db, (trx) => probeEndpoints(trx, desk.settings, [told.endpointId]));
      return await tryIt(told);
    };
    expect(await probe(3)).toMatchObject({ status: "parked" });
    expect(await endpointOf(told)).toMatchObject({ status: "failing", failures: 6 });
    expect(await probe(4)).toMatchObject({ status: "dropped" });
    expect(await endpointOf(told)).toMatchObject({
      ...{ status: "disabled", disabled_by: "failure", due_at: null },
      failure: "It answered 503.",
    });
  });
});

describe("while secrets are exchanged", () => {
  test("both sign, until the time of the old one is over", async () => {
    const told = await toldOnce();
    const place = { id: told.endpointId, shopId: told.shop.id };
    const safe = secretSafe([contactKey]);
    const rotate = (overlapHours: number) =>
      inTransaction(desk.db, (trx) =>
        rotateSecret(trx, safe, place, { secret: newSecret(), overlapHours }),
      );
    const signers = async () => {
      const settings = desk.settings;
      const claimed = await inTransaction(desk.db, (trx) =>
        claimDeliveries(trx, settings, [told.id]),
      );
      await sql`UPDATE webhook_deliveries SET status = 'pending', ready_at = now()
        WHERE id = ${told.id}`.execute(desk.db);
      const delivery = claimed.get(told.id);
      return [delivery?.secret, delivery?.oldSecret].flatMap((each) => (each ? [each] : [])).length;
    };
    expect(await signers()).toBe(1);
    await rotate(2);
    expect(await signers()).toBe(2);
    await sql`UPDATE webhook_endpoints SET old_until = now() WHERE id = ${told.endpointId}`.execute(
      desk.db,
    );
    expect(await signers()).toBe(1);
    await rotate(2);
    await rotate(0);
    expect(await signers()).toBe(1);
  });
});
