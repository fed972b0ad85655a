import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import { claimMessages } from "../../src/notifications/claim-messages.ts";
import { contactSafe } from "../../src/notifications/contacts.ts";
import { notificationQueue } from "../../src/queues/notification.ts";
import { createSendGridMailer } from "../../src/sendgrid/mailer.ts";
import { notificationHandlers } from "../../src/workers/notification.ts";
import { sweepDue } from "../../src/workers/sweep.ts";
import { tableOf, type WaitingTable } from "../../src/workers/waiting-rows.ts";
import { startStandIns } from "../sandbox/stand-ins.ts";
import { contactKey, openShop, requestOf, reserved, stockProduct } from "../support/shop.ts";
import { waitFor } from "../support/wait-for.ts";
import { work } from "./paying.ts";
import { useQueues } from "./queue-desk.ts";

const desk = useQueues({
  QUICK_RETRY_SECONDS: 0.02,
  BACKOFF_SECONDS: "600",
  MESSAGE_UNKNOWN_SECONDS: 600,
});
const mailSeconds = 0.3;

/** A worker of messages, its suppliers' stand-ins, and how to set faults there. */
async function postOffice() {
  const standIns = await startStandIns();
  const mailer = createSendGridMailer({
    apiKey: "SG.of-the-tests",
    from: "Aurora <orders@aurora.example>",
    timeoutMs: mailSeconds * 1_000,
    url: standIns.url,
  });
  const contacts = contactSafe(contactKey);
  const linkTo = () => "https://shop.example/pay";
  const means = { ...desk, contacts, mailer, texter: null, linkTo, concurrency: 4 };
  work(notificationQueue, notificationHandlers(means), desk);
  const asked = async () =>
    (await standIns.read<Record<string, number>>("/counts"))["POST /v3/mail/send"] ?? 0;
  return {
    /** How many requests the stand-in has come to an end with. */
    asked,
    untilAsked: (times: number) =>
      waitFor(`${times} requests`, async () => (await asked()) === times || undefined),
    fault: (fault: object) => standIns.tell("/faults", { service: "sendgrid", ...fault }),
    heal: () => fetch(`${standIns.url}/_sandbox/faults`, { method: "DELETE" }),
    mails: (orderId: string) => standIns.read<object[]>(`/mail?orderId=${orderId}`),
  };
}

/** An order that was rejected, and the one mail that tells of it. */
async function rejection(sku: string) {
  const shop = await openShop(desk.db);
  await stockProduct(desk.db, sku, 1);
  const [orderId = ""] = await reserved(
    desk.db,
    desk.settings,
    requestOf(shop, [{ sku, quantity: 2 }]),
  );
  const { id } = await desk.db
    .selectFrom("notifications")
    .select("id")
    .where("order_id", "=", orderId)
    .executeTakeFirstOrThrow();
  return { orderId, id };
}

function hintOf(id: string, round = 0) {
  const rest = { id, version: 1, round, order: null };
  return { queue: "notification" as const, kind: "send_message", ...rest };
}

function messageOf(id: string) {
  return desk.db
    .selectFrom("notifications")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
}

function until(id: string, what: string, is: (row: Awaited<ReturnType<typeof messageOf>>) => boolean) {
  return waitFor(what, async () => {
    const row = await messageOf(id);
    if (is(row)) return row;
    throw new Error(JSON.stringify(row));
  });
}

/** Turns the row's clock on, and lets the sweeper find it. */
async function clockRings(id: string): Promise<void> {
  await sql`UPDATE notifications SET due_at = now(), claimed_at = claimed_at - interval '1 hour'
    WHERE id = ${id}`.execute(desk.db);
  await sweepDue(desk, tableOf("send_message") as WaitingTable);
}

describe("a message", () => {
  test("is sent once, however often it is asked for at the same time", async () => {
    const office = await postOffice();
    const { id, orderId } = await rejection("told-1");
    desk.hints.send(Array.from({ length: 20 }, (_, round) => hintOf(id, round)));
    await until(id, "the message to be sent", ({ status }) => status === "sent");
    await waitFor("an empty queue", async () => {
      const counts = await desk.hints.queue("notification").getJobCounts("wait", "active");
      return (counts["wait"] ?? 0) + (counts["active"] ?? 0) === 0 || undefined;
    });
    expect(await office.mails(orderId)).toHaveLength(1);
    expect(await office.asked()).toBe(1);
    expect((await messageOf(id)).provider_id).not.toBeNull();
  });

  test("is `sending` on record before the supplier hears of it", async () => {
    const office = await postOffice();
    await office.fault({ kind: "delay", delayMs: 200 });
    const { id, orderId } = await rejection("told-2");
    desk.hints.send([hintOf(id)]);
    await until(id, "the claim", ({ status }) => status === "sending");
    expect(await office.mails(orderId)).toHaveLength(0);
    await until(id, "the message to be sent", ({ status }) => status === "sent");
  });

  test("goes out once after SendGrid answered 500 three times", async () => {
    const office = await postOffice();
    await office.fault({ kind: "status", status: 500, times: 3 });
    const { id, orderId } = await rejection("told-3");
    desk.hints.send([hintOf(id)]);
    const failed = await until(id, "three refusals", ({ round }) => round === 1);
    expect(failed).toMatchObject({ status: "pending", unknowns: 0 });
    expect(failed.reason).toContain("500");
    expect(await office.mails(orderId)).toHaveLength(0);
    await clockRings(id);
    await until(id, "the message to be sent", ({ status }) => status === "sent");
    expect(await office.mails(orderId)).toHaveLength(1);
  });

  test("that SendGrid refuses for good has failed with the reason, after one call", async () => {
    const office = await postOffice();
    await office.fault({ kind: "status", status: 400 });
    const { id } = await rejection("told-4");
    desk.hints.send([hintOf(id)]);
    const row = await until(id, "the refusal", ({ status }) => status === "failed");
    expect(row.reason).toContain("400");
    expect(row.due_at).toBeNull();
    expect(await office.asked()).toBe(1);
  });

  test("that may have been sent is sent once more after a while, and not before", async () => {
    const office = await postOffice();
    await office.fault({ kind: "delay", delayMs: mailSeconds * 3_000, times: 1 });
    const { id, orderId } = await rejection("told-5");
    desk.hints.send([hintOf(id)]);
    await until(id, "an unknown outcome", ({ reason }) => reason !== null);
    expect(await messageOf(id)).toMatchObject({ status: "sending", tries: 1 });
    await office.untilAsked(1);

    // Its job comes again too early: nobody may send it now.
    desk.hints.send([hintOf(id, 7)]);
    const early = () => desk.hints.queue("notification").getJob(`send_message-${id}-1-7`);
    await waitFor("the early job to end", async () => (await early()) === undefined || undefined);
    expect(await office.asked()).toBe(1);

    await clockRings(id);
    await until(id, "the message to be sent", ({ status }) => status === "sent");
    expect(await messageOf(id)).toMatchObject({ tries: 2 });
    expect((await office.mails(orderId)).length).toBeLessThanOrEqual(2);
    expect(await office.asked()).toBe(2);
  });

  test("that SendGrid keeps refusing for a while may still time out without being given up", async () => {
    const office = await postOffice();
    await office.fault({ kind: "status", status: 503, times: 3 });
    const { id } = await rejection("told-6");
    desk.hints.send([hintOf(id)]);
    await until(id, "three refusals", ({ round }) => round === 1);
    await office.fault({ kind: "delay", delayMs: mailSeconds * 3_000, times: 1 });
    await clockRings(id);
    await until(id, "an unknown outcome", ({ reason }) => reason?.includes("no answer") === true);
    expect((await messageOf(id)).status).toBe("sending");
    await office.untilAsked(4);
    await clockRings(id);
    await until(id, "the message to be sent", ({ status }) => status === "sent");
  });

  test("is given up after three unknown outcomes", async () => {
    const office = await postOffice();
    await office.fault({ kind: "drop_after" });
    const { id, orderId } = await rejection("told-7");
    desk.hints.send([hintOf(id)]);
    for (let tries = 1; tries < 3; tries++) {
      await until(id, `outcome ${tries}`, (row) => row.tries === tries && row.reason !== null);
      await sql`UPDATE notifications SET reason = NULL WHERE id = ${id}`.execute(desk.db);
      await clockRings(id);
    }
    const row = await until(id, "the end", ({ status }) => status === "failed");
    expect(row.reason).toContain("unknown 3 times");
    expect(await office.mails(orderId)).toHaveLength(3);
  });

  test("to a person who was erased is dropped", async () => {
    const office = await postOffice();
    const { id, orderId } = await rejection("told-8");
    await desk.db.deleteFrom("order_contacts").where("order_id", "=", orderId).execute();
    desk.hints.send([hintOf(id)]);
    const row = await until(id, "the message to be dropped", ({ status }) => status === "dropped");
    expect(row).toMatchObject({ reason: "erased", due_at: null });
    expect(await office.asked()).toBe(0);
  });

  test("whose sender was killed before booking it is sent again only after a while", async () => {
    const office = await postOffice();
    const { id, orderId } = await rejection("told-9");
    // A worker claims it, and is killed: whether the mail has left, nobody knows.
    await inTransaction(desk.db, (trx) => claimMessages(trx, desk.settings, [id]));
    desk.hints.send([hintOf(id)]);
    const job = () => desk.hints.queue("notification").getJob(`send_message-${id}-1-0`);
    await waitFor("the job to end", async () => (await job()) === undefined || undefined);
    expect(await office.asked()).toBe(0);
    await clockRings(id);
    await until(id, "the message to be sent", ({ status }) => status === "sent");
    expect(await office.mails(orderId)).toHaveLength(1);
  });

  test("that left is booked as sent though PostgreSQL fails at the first try to book it", async () => {
    const office = await postOffice();
    const { id } = await rejection("told-10");
    await sql`
      CREATE FUNCTION refuse_booking() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'too many' USING ERRCODE = '53300'; END $$`.execute(desk.db);
    await sql`
      CREATE TRIGGER refuse_booking BEFORE UPDATE ON notifications
      FOR EACH ROW WHEN (NEW.status = 'sent') EXECUTE FUNCTION refuse_booking()`.execute(desk.db);
    desk.hints.send([hintOf(id)]);
    await office.untilAsked(1);
    expect((await messageOf(id)).status).toBe("sending");
    await sql`DROP FUNCTION refuse_booking CASCADE`.execute(desk.db);
    await until(id, "the message to be booked", ({ status }) => status === "sent");
    expect(await office.asked()).toBe(1);
  });
});
