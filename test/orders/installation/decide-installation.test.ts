import { sql } from "kysely";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Db } from "../../../src/db/connect.ts";
import { Refused } from "../../../src/errors.ts";
import {
  keepInstallation,
  renewInstallation,
} from "../../../src/orders/installation/decide-installation.ts";
import { readInstallation } from "../../../src/orders/installation/installation.ts";
import { storeEvents } from "../../../src/payments/inbox.ts";
import { startStandIns } from "../../sandbox/stand-ins.ts";
import { lookAtRefunds, seenRefund } from "../../support/money-back.ts";
import { captured, openPayingShop } from "../../support/paying.ts";
import { testSettings } from "../../support/settings.ts";
import { stockOf } from "../../support/shop.ts";
import { copyOf, decision, newDatabase, processOn, rowOf } from "../../workers/installations.ts";

describe("a copied database", () => {
  test("writes nothing, and goes on as the same installation after keep", async () => {
    const original = await newDatabase();
    const standIns = await startStandIns();
    await (await processOn(original.db, standIns)).create();
    const copy = await copyOf(original);
    const there = await processOn(copy.db, standIns);
    await expect(there.create()).rejects.toThrow("The database is");
    expect(await rowOf(original.db)).toMatchObject({ stopped_because: null });

    await keepInstallation(copy.db, decision);
    there.again();
    await there.create();
    expect((await rowOf(copy.db)).id).toBe((await rowOf(original.db)).id);
  });

  test("leaves the original's payments alone after renew, whatever becomes of them", async () => {
    const original = await newDatabase();
    const standIns = await startStandIns();
    const shop = await openPayingShop(original.url);
    onTestFinished(() => shop.db.destroy());
    const open = await shop.payable();
    const untold = await shop.awaiting();
    const paid = await shop.payable();
    await shop.apply(paid, { status: "captured", capturedMinor: 1_000 });
    await (await processOn(original.db, standIns)).create();

    const copy = await copyOf(original);
    const { ordersEnded } = await renewInstallation(copy.db, shop.settings, decision);
    expect(ordersEnded).toBe(2);
    const statuses = async (db: Db, table: "orders" | "payments", ids: string[]) =>
      (await db.selectFrom(table).select(["id", "status"]).where("id", "in", ids).execute())
        .sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
        .map(({ status }) => status);
    const payments = [open, untold, paid].map(({ paymentId }) => paymentId);
    const orders = [open, untold, paid].map(({ orderId }) => orderId);
    expect(await statuses(copy.db, "payments", payments)).toEqual([
      "cancelled",
      "cancelled",
      "captured",
    ]);
    expect(await statuses(copy.db, "orders", orders)).toEqual(["expired", "expired", "paid"]);
    expect(await statuses(original.db, "payments", payments)).toEqual([
      "pending",
      "created",
      "captured",
    ]);
    const waiting = await copy.db
      .selectFrom("notifications")
      .select("id")
      .where("due_at", "is not", null)
      .execute();
    expect(waiting).toEqual([]);
    expect((await rowOf(copy.db)).id).not.toBe((await rowOf(original.db)).id);

    const there = await processOn(copy.db, standIns);
    await there.create();
    const refund = {
      key: "a key",
      intentId: paid.intent.id,
      amountMinor: 1,
      reason: "requested_by_customer",
      refundId: null,
      orderId: null,
      installation: there.ownership.installation,
    };
    await expect(there.gateway().createRefund(refund)).rejects.toThrow(Refused);
    const cancel = { intentId: open.intent.id, paymentId: open.paymentId, tryNumber: 1 };
    await expect(there.gateway().cancelIntent(cancel)).rejects.toThrow("is a copy of");
    const counts = await standIns.read<Record<string, number>>("/counts");
    expect(Object.keys(counts).filter((route) => /cancel|refunds/.test(route))).toEqual([]);
  });

  test("ends the processes that still know the id it was copied with", async () => {
    const { db } = await newDatabase();
    const standIns = await startStandIns();
    const old = await processOn(db, standIns);
    await old.create();
    await renewInstallation(db, testSettings("postgres://127.0.0.1/none"), decision);
    old.again();
    await expect(old.create()).rejects.toThrow("The installation is");
    expect(old.endings()).toBeGreaterThan(0);
    expect((await rowOf(db)).stopped_because).toBeNull();
  });

  test("frees the stock of copied orders that wait for money, and tells nobody", async () => {
    const original = await newDatabase();
    const shop = await openPayingShop(original.url);
    onTestFinished(() => shop.db.destroy());
    const refused = await shop.payable();
    await sql`UPDATE payments SET status = 'failed', client_secret = NULL, due_at = NULL
      WHERE id = ${refused.paymentId}`.execute(shop.db);
    const odd = await shop.payable();
    await shop.apply(odd, { status: "captured", capturedMinor: 700 });
    const paid = await shop.payable();
    await shop.apply(paid, captured);

    const copy = await copyOf(original);
    const { ordersEnded } = await renewInstallation(copy.db, shop.settings, decision);
    expect(ordersEnded).toBe(2);
    expect(await stockOf(copy.db, odd.sku)).toMatchObject({ reserved: 0 });
    const rows = await copy.db.selectFrom("refunds").select("id").execute();
    expect(rows).toEqual([]);
    // The original gives the paid one's money back, and the copy hears of it.
    const look = { paymentId: paid.paymentId, intentId: paid.intent.id };
    await lookAtRefunds(copy.db, shop.settings, look, seenRefund({ amountMinor: 1_000 }));
    const { rows: told } = await sql`
      SELECT FROM notifications WHERE created_at > (SELECT max(at) FROM installation_acts)
    `.execute(copy.db);
    expect(told).toEqual([]);
  });

  test("takes the events of copied payments for the original's", async () => {
    const original = await newDatabase();
    const shop = await openPayingShop(original.url);
    onTestFinished(() => shop.db.destroy());
    const installation = await readInstallation(original.db);
    const paid = await shop.payable();
    await shop.apply(paid, captured);
    const copy = await copyOf(original);
    await renewInstallation(copy.db, shop.settings, decision);
    const about = { topic: "refund" as const, intentId: paid.intent.id, paymentId: null };
    const event = { id: "evt_1", type: "refund.created", ...about, installation };
    const arrival = { ...event, createdAt: new Date(), body: Buffer.from("{}") };
    await storeEvents(copy.db, shop.settings, [{ source: "cursor", event: arrival }]);
    const stored = await copy.db.selectFrom("webhook_events").select("status").execute();
    expect(stored).toEqual([{ status: "foreign" }]);
  });
});

describe("keep", () => {
  test("leaves of Stripe what is not known here as it was", async () => {
    const { db } = await newDatabase();
    const known = { account: "acct_known", livemode: true };
    await keepInstallation(db, { ...decision, found: known });
    await keepInstallation(db, decision);
    expect(await rowOf(db)).toMatchObject({ stripe_account: "acct_known", livemode: true });
  });

  test("does not end a renewal half-way, which the next renewal finishes", async () => {
    const { db, url } = await newDatabase();
    await sql`INSERT INTO installation_acts (act, reason, actor, was)
      VALUES ('renew', 'Cut off', 'test', '{}')`.execute(db);
    await sql`UPDATE installation SET stopped_because = 'It is being renewed.'`.execute(db);
    await expect(keepInstallation(db, decision)).rejects.toThrow("finish it with renew");
    expect(await rowOf(db)).toMatchObject({ stopped_because: "It is being renewed." });
    await renewInstallation(db, testSettings(url), decision);
    await keepInstallation(db, decision);
    expect(await rowOf(db)).toMatchObject({ stopped_because: null });
  });

  test("works where the server does not tell which cluster it is", async () => {
    const { db, name } = await newDatabase();
    const role = `mute_${name}`;
    await sql`CREATE ROLE ${sql.id(role)}`.execute(db);
    onTestFinished(async () => {
      await sql`DROP OWNED BY ${sql.id(role)}`.execute(db);
      await sql`DROP ROLE ${sql.id(role)}`.execute(db);
    });
    await sql`REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC`.execute(db);
    await sql`GRANT ALL ON ALL TABLES IN SCHEMA public TO ${sql.id(role)}`.execute(db);
    await sql`GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${sql.id(role)}`.execute(db);
    await db.connection().execute(async (mute) => {
      await sql`SET ROLE ${sql.id(role)}`.execute(mute);
      await keepInstallation(mute, decision).finally(() => sql`RESET ROLE`.execute(mute));
    });
    const { database_identity: identity } = await rowOf(db);
    expect(identity).toMatch(/^\?\//);
  });
});
