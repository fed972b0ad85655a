import { sql } from "kysely";
import { describe, expect, onTestFinished, test } from "vitest";
import { codeOf, Unavailable } from "../../src/errors.ts";
import { keepInstallation } from "../../src/orders/installation/decide-installation.ts";
import { watchInstallation } from "../../src/workers/watch-installation.ts";
import { startStandIns } from "../sandbox/stand-ins.ts";
import { quiet } from "../support/settings.ts";
import { waitFor } from "../support/wait-for.ts";
import { decision, newDatabase, processOn, rowOf } from "./installations.ts";

describe("the first process", () => {
  test("stamps the installation, and writes", async () => {
    const { db } = await newDatabase();
    const standIns = await startStandIns();
    const one = await processOn(db, standIns);
    await one.create();
    const { rows } = await sql<{ identity: string }>`
      SELECT system_identifier::text || '/' || oid::text AS identity
      FROM pg_control_system(), pg_database WHERE datname = current_database()`.execute(db);
    expect(await rowOf(db)).toMatchObject({
      stripe_account: "acct_1AuroraSandbox0",
      livemode: false,
      database_identity: rows[0]?.identity,
      stamped_at: expect.any(Date),
      stopped_because: null,
    });
  });

  test("writes nothing while Stripe can't say whose account it is", async () => {
    const { db } = await newDatabase();
    const standIns = await startStandIns();
    await standIns.tell("/faults", { service: "stripe", kind: "status", route: "GET /v1/account" });
    const one = await processOn(db, standIns);
    await expect(one.create()).rejects.toThrow(Unavailable);
    expect((await rowOf(db)).stamped_at).toBeNull();
    await fetch(`${standIns.url}/_sandbox/faults`, { method: "DELETE" });
    await one.create();
  });

  test("takes an account that its key may not ask for as any account", async () => {
    const { db } = await newDatabase();
    const standIns = await startStandIns();
    const one = await processOn(db, standIns);
    await one.create();
    const ownership = one.ownership;
    const gateway = { readAccount: async () => null };
    const watch = watchInstallation({ db, log: quiet, gateway, ownership, outdated: () => {} });
    onTestFinished(() => watch.stop());
    await watch.mayWrite();
    expect(await rowOf(db)).toMatchObject({ stripe_account: "acct_1AuroraSandbox0" });
  });
});

describe("another account, or another mode", () => {
  test("stops the writes of every process until an operator says keep", async () => {
    const { db } = await newDatabase();
    const standIns = await startStandIns();
    const old = await processOn(db, standIns);
    await old.create();

    await standIns.tell("/stripe/account", { id: "acct_another" });
    const fresh = await processOn(db, standIns);
    const refusal = await fresh.create().catch((error: unknown) => error);
    expect(codeOf(refusal)).toBe("stripe_writes_stopped");
    expect(String(refusal)).toContain("acct_another and was acct_1AuroraSandbox0");
    expect(String(refusal)).toMatch(/^[^:]*: Nothing is written to Stripe: .* keep .* renew /);
    expect((await rowOf(db)).stopped_because).toMatch(/^The .* and was .*\.$/);
    // Reads go on.
    const span = { since: new Date(0), until: new Date(Date.now() + 60_000) };
    for await (const page of fresh.gateway().listIntents(span)) expect(page).toHaveLength(1);
    const requests = await standIns.read<{ method: string; path: string }[]>("/stripe/requests");
    expect(requests).toContainEqual(
      expect.objectContaining({ method: "GET", path: "/v1/payment_intents", status: 200 }),
    );
    old.again();
    await expect(old.create()).rejects.toThrow("Nothing is written to Stripe");

    const found = { account: "acct_another", livemode: false };
    const before = await rowOf(db);
    await keepInstallation(db, { ...decision, found });
    fresh.again();
    await fresh.create();
    expect(await rowOf(db)).toMatchObject({ id: before.id, stopped_because: null });
    const acts = await db.selectFrom("installation_acts").selectAll().execute();
    expect(acts).toMatchObject([{ act: "keep", reason: "For the test", actor: "test" }]);
  });

  test("stops every kind of write: to create, to cancel and to refund", async () => {
    const { db } = await newDatabase();
    const standIns = await startStandIns();
    const old = await processOn(db, standIns);
    const { intent: open } = await old.create();
    const { intent: paid } = await old.create();
    await standIns.tell(`/stripe/intents/${paid.id}/pay`);

    await standIns.tell("/stripe/account", { id: "acct_another" });
    const fresh = await processOn(db, standIns);
    const refund = { key: "a wish", amountMinor: 100, reason: "requested_by_customer" };
    const ids = { refundId: null, orderId: null, installation: fresh.ownership.installation };
    const writes = {
      create: () => fresh.create(),
      cancel: () =>
        fresh.gateway().cancelIntent({ intentId: open.id, paymentId: "p", tryNumber: 1 }),
      refund: () => fresh.gateway().createRefund({ ...refund, ...ids, intentId: paid.id }),
    };
    const written = async () => {
      const requests = await standIns.read<{ method: string }[]>("/stripe/requests");
      return requests.filter(({ method }) => method === "POST").length;
    };
    const before = await written();
    expect(before).toBe(2);
    for (const [kind, write] of Object.entries(writes)) {
      const refusal = await write().catch((error: unknown) => error);
      expect([kind, codeOf(refusal)]).toEqual([kind, "stripe_writes_stopped"]);
    }
    expect(await written()).toBe(before);

    // Nothing else was in their way: once an operator has decided, the same writes are made.
    const found = { account: "acct_another", livemode: false };
    await keepInstallation(db, { ...decision, found });
    fresh.again();
    for (const write of Object.values(writes)) await write();
    expect(await written()).toBe(before + 3);
  });

  test("ends a process that was let in before and knows only the old keys", async () => {
    const { db } = await newDatabase();
    const standIns = await startStandIns();
    const old = await processOn(db, standIns);
    await old.create();
    await keepInstallation(db, { ...decision, found: { account: "acct_new", livemode: false } });
    await waitFor("the process to end", async () => {
      await old.create().catch(() => undefined);
      return old.endings() > 0 || undefined;
    });
    expect(await rowOf(db)).toMatchObject({ stripe_account: "acct_new", stopped_because: null });
  });

  test("is told by the key's mode where the account is the same", async () => {
    const { db } = await newDatabase();
    const standIns = await startStandIns();
    await (await processOn(db, standIns)).create();
    const live = await processOn(db, standIns, true);
    await expect(live.create()).rejects.toThrow("for live money and was for test money");
  });
});
