import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { useTold } from "./told-desk.ts";

const { desk, toldInVain, toldMore, toldOnce, save, tryIt, ring, look, pass, down, endpointOf } =
  useTold();
const hour = 3_600;
const day = 24 * hour;

/** For how long an endpoint's clock runs. */
async function waitOf(told: { endpointId: string }): Promise<number> {
  const { rows } = await sql<{ wait: number }>`
    SELECT extract(epoch FROM due_at - now())::float8 AS wait FROM webhook_endpoints
    WHERE id = ${told.endpointId}`.execute(desk.db);
  return rows[0]?.wait ?? 0;
}

describe("an endpoint that takes calls and never answers", () => {
  test("is asked with one webhook at a time, whatever it takes, and less and less", async () => {
    const told = await toldInVain();
    for (let events = 0; events < 3; events++) await toldMore(told);
    const waits = [10, 30, 60, 120, 300, 300];
    for (const [nth, wanted] of waits.entries()) {
      const wait = await waitOf(told);
      expect(wait).toBeGreaterThan(wanted * 0.8 - 2);
      expect(wait).toBeLessThanOrEqual(wanted * 1.2);
      const probe = await ring(told);
      expect(probe).not.toBeNull();
      // A worker that dies is waited for: twice the timeout, and some more.
      expect(await waitOf(told)).toBeGreaterThan(40);
      expect(await ring(told)).toBeNull();
      expect(await endpointOf(told)).toMatchObject({ probe_id: probe?.id, status: "failing" });
      if (probe) await save(probe, { reason: "There was no answer within 15 s." });
      expect((await endpointOf(told)).failures).toBe(6 + nth);
    }
    await down(told, 3 * day);
    const last = await ring(told);
    await ring(told);
    if (last) await save(last);
    expect(await endpointOf(told)).toMatchObject({ status: "disabled", disabled_by: "failure" });
  });

  test("stays failing where one webhook waits for it, and that is under way", async () => {
    const told = await toldInVain();
    const probe = await ring(told);
    expect(await ring(told)).toBeNull();
    expect((await endpointOf(told)).status).toBe("failing");
    if (probe) await save(probe);
    expect(await endpointOf(told)).toMatchObject({ status: "failing", failures: 6 });
  });

  test("is asked anew where the worker that asked it has died", async () => {
    const told = await toldInVain();
    const other = await toldMore(told);
    const lost = await ring(told);
    expect(lost?.id).toBe(other);
    await pass({ id: other }, 60);
    expect((await ring(told))?.id).toBe(told.id);
  });

  test("is asked though all its places are taken by calls that hang", async () => {
    const told = await toldOnce();
    const ids = [told.id];
    for (let events = 0; events < 13; events++) ids.push(await toldMore(told));
    for (const id of ids.slice(0, 5)) await tryIt({ id });
    expect((await endpointOf(told)).status).toBe("failing");
    const hanging = ids.slice(5, 5 + desk.settings.WEBHOOK_CONCURRENCY);
    await sql`UPDATE webhook_deliveries SET status = 'sending', tries = 1, claimed_at = now()
      WHERE id = ANY(${hanging}::uuid[])`.execute(desk.db);
    expect((await ring(told))?.id).toBe(ids[13]);
  });
});

describe("an endpoint of a quiet shop", () => {
  test("that was dead for three days is disabled, though nothing waits for it", async () => {
    const told = await toldInVain();
    // What waited is older than the first failure: it is given up before the endpoint.
    await pass(told, 3 * day);
    await down(told, 3 * day - 60);
    expect(await tryIt(told)).toBeNull();
    expect((await look(told.id)).status).toBe("failed");
    expect(await ring(told)).toBeNull();
    expect(await endpointOf(told)).toMatchObject({ status: "failing", failures: 5 });
    await down(told, 61);
    // It may have refused that one event alone: a trial asks.
    const trial = await ring(told);
    expect(trial?.kind).toBe("test");
    if (trial) await save(trial);
    expect(await endpointOf(told)).toMatchObject({
      ...{ status: "disabled", disabled_by: "failure", due_at: null },
      failure: "It answered 503.",
    });
  });

  test("that refused one event alone takes the trial, and is told of the next", async () => {
    const told = await toldInVain();
    await pass(told, 3 * day);
    await tryIt(told);
    await down(told, 3 * day + 60);
    const trial = await ring(told);
    if (trial) await save(trial, { reason: null });
    expect(await endpointOf(told)).toMatchObject({ status: "enabled", failures: 0 });
    const next = await toldMore(told);
    expect((await look(next)).status).toBe("pending");
  });

  test("is asked with the next event, and well once that is taken", async () => {
    const told = await toldInVain();
    await pass(told, 3 * day);
    await tryIt(told);
    await ring(told);
    const next = await toldMore(told);
    expect((await look(next)).status).toBe("parked");
    const probe = await ring(told);
    expect(probe?.id).toBe(next);
    if (probe) await save(probe, { reason: null });
    expect(await endpointOf(told)).toMatchObject({
      ...{ status: "enabled", failures: 0, down_since: null, failure: null },
    });
  });

  test("is not given up for a failure of long ago and a few of today", async () => {
    const told = await toldOnce();
    await tryIt(told);
    await down(told, 4 * day);
    const next = await toldMore(told);
    for (let failures = 0; failures < 5; failures++) {
      await tryIt({ id: next });
      await sql`UPDATE webhook_deliveries SET ready_at = now() WHERE id = ${next}`.execute(desk.db);
    }
    const probe = await ring(told);
    if (probe) await save(probe);
    const { status, failures, down_since } = await endpointOf(told);
    expect({ status, failures }).toEqual({ status: "failing", failures: 6 });
    expect(Date.now() - Number(down_since)).toBeLessThan(2 * hour * 1_000);
  });
});
