import { describe, expect, onTestFinished, test } from "vitest";
import type { Db } from "../../../src/db/connect.ts";
import { Refused } from "../../../src/errors.ts";
import {
  keepInstallation,
  renewInstallation,
} from "../../../src/orders/installation/decide-installation.ts";
import { startStandIns } from "../../sandbox/stand-ins.ts";
import { openPayingShop } from "../../support/paying.ts";
import { testSettings } from "../../support/settings.ts";
import { copyOf, decision, newDatabase, processOn, rowOf } from "../../workers/installations.ts";

describe("a copied database", () => {
  test("writes nothing, and goes on as the same installation after keep", async () => {
    const original = await newDatabase();
    const standIns = await startStandIns();
    await (await processOn(original.db, standIns)).create();
    const copy = await copyOf(original);
    const there = await processOn(copy.db, standIns);
    await expect(there.create()).rejects.toThrow("the database is");
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
    await expect(old.create()).rejects.toThrow("the installation is");
    expect(old.endings()).toBeGreaterThan(0);
    expect((await rowOf(db)).stopped_because).toBeNull();
  });
});
