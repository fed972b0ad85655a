import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import { claimMessages } from "../../src/notifications/claim-messages.ts";
import { waitFor } from "../support/wait-for.ts";
import {
  clockRings,
  hintAt,
  mailSeconds,
  messageOf,
  postOffice,
  rejection,
  until,
  untilJobEnds,
  untilSent,
} from "./post-office.ts";
import { useQueues } from "./queue-desk.ts";

const desk = useQueues({
  QUICK_RETRY_SECONDS: 0.02,
  BACKOFF_SECONDS: "600",
  MESSAGE_UNKNOWN_SECONDS: 600,
});

describe("a message", () => {
  test("is sent once, however often it is asked for at the same time", async () => {
    const office = await postOffice(desk);
    const { id, orderId } = await rejection(desk, "told-1");
    hintAt(desk, id, [...Array(20).keys()]);
    await untilSent(desk, id);
    await waitFor("an empty queue", async () => {
      const counts = await desk.hints.queue("notification").getJobCounts("wait", "active");
      return (counts["wait"] ?? 0) + (counts["active"] ?? 0) === 0 || undefined;
    });
    expect(await office.mails(orderId)).toHaveLength(1);
    expect(await office.asked()).toBe(1);
    expect((await messageOf(desk, id)).provider_id).not.toBeNull();
  });

  test("is `sending` on record before the supplier hears of it", async () => {
    const office = await postOffice(desk);
    await office.fault({ kind: "delay", delayMs: 200 });
    const { id, orderId } = await rejection(desk, "told-2");
    hintAt(desk, id);
    await until(desk, id, "the claim", ({ status }) => status === "sending");
    expect(await office.mails(orderId)).toHaveLength(0);
    await untilSent(desk, id);
  });

  test("goes out once after SendGrid answered 500 three times", async () => {
    const office = await postOffice(desk);
    await office.fault({ kind: "status", status: 500, times: 3 });
    const { id, orderId } = await rejection(desk, "told-3");
    hintAt(desk, id);
    const failed = await until(desk, id, "three refusals", ({ round }) => round === 1);
    expect(failed).toMatchObject({ status: "pending", unknowns: 0 });
    expect(failed.reason).toContain("500");
    expect(await office.mails(orderId)).toHaveLength(0);
    await clockRings(desk, id);
    await untilSent(desk, id);
    expect(await office.mails(orderId)).toHaveLength(1);
  });

  test("that SendGrid refuses for good has failed with the reason, after one call", async () => {
    const office = await postOffice(desk);
    await office.fault({ kind: "status", status: 400 });
    const { id } = await rejection(desk, "told-4");
    hintAt(desk, id);
    const row = await until(desk, id, "the refusal", ({ status }) => status === "failed");
    expect(row.reason).toContain("400");
    expect(row.due_at).toBeNull();
    expect(await office.asked()).toBe(1);
  });

  test("that may have been sent is sent once more after a while, and not before", async () => {
    const office = await postOffice(desk);
    await office.fault({ kind: "delay", delayMs: mailSeconds * 3_000, times: 1 });
    const { id, orderId } = await rejection(desk, "told-5");
    hintAt(desk, id);
    await until(desk, id, "an unknown outcome", ({ reason }) => reason !== null);
    expect(await messageOf(desk, id)).toMatchObject({ status: "sending", tries: 1 });
    await office.untilAsked(1);

    // Its job comes again too early: nobody may send it now.
    hintAt(desk, id, [7]);
    await untilJobEnds(desk, id, 7);
    expect(await office.asked()).toBe(1);

    await clockRings(desk, id);
    await untilSent(desk, id);
    expect(await messageOf(desk, id)).toMatchObject({ tries: 2 });
    expect((await office.mails(orderId)).length).toBeLessThanOrEqual(2);
    expect(await office.asked()).toBe(2);
  });

  test("may time out after refusals without being given up", async () => {
    const office = await postOffice(desk);
    await office.fault({ kind: "status", status: 503, times: 3 });
    const { id } = await rejection(desk, "told-6");
    hintAt(desk, id);
    await until(desk, id, "three refusals", ({ round }) => round === 1);
    await office.fault({ kind: "delay", delayMs: mailSeconds * 3_000, times: 1 });
    await clockRings(desk, id);
    await until(
      desk,
      id,
      "an unknown outcome",
      ({ reason }) => reason?.includes("no answer") === true,
    );
    expect((await messageOf(desk, id)).status).toBe("sending");
    await office.untilAsked(4);
    await clockRings(desk, id);
    await untilSent(desk, id);
  });

  test("is given up after three unknown outcomes", async () => {
    const office = await postOffice(desk);
    await office.fault({ kind: "drop_after" });
    const { id, orderId } = await rejection(desk, "told-7");
    hintAt(desk, id);
    for (let tries = 1; tries < 3; tries++) {
      await until(
        desk,
        id,
        `outcome ${tries}`,
        (row) => row.tries === tries && row.reason !== null,
      );
      await sql`UPDATE notifications SET reason = NULL WHERE id = ${id}`.execute(desk.db);
      await clockRings(desk, id);
    }
    const row = await until(desk, id, "the end", ({ status }) => status === "failed");
    expect(row.reason).toContain("unknown 3 times");
    expect(await office.mails(orderId)).toHaveLength(3);
  });

  test("to a person who was erased is dropped", async () => {
    const office = await postOffice(desk);
    const { id, orderId } = await rejection(desk, "told-8");
    await desk.db.deleteFrom("order_contacts").where("order_id", "=", orderId).execute();
    hintAt(desk, id);
    const row = await until(
      desk,
      id,
      "the message to be dropped",
      ({ status }) => status === "dropped",
    );
    expect(row).toMatchObject({ reason: "erased", due_at: null });
    expect(await office.asked()).toBe(0);
  });

  test("whose sender was killed before booking it is sent again only after a while", async () => {
    const office = await postOffice(desk);
    const { id, orderId } = await rejection(desk, "told-9");
    // A worker claims it, and is killed: whether the mail has left, nobody knows.
    await inTransaction(desk.db, (trx) => claimMessages(trx, desk.settings, [id]));
    hintAt(desk, id);
    await untilJobEnds(desk, id);
    expect(await office.asked()).toBe(0);
    await clockRings(desk, id);
    await untilSent(desk, id);
    expect(await office.mails(orderId)).toHaveLength(1);
  });

  test("whose job was lost before its turn is left to whoever has the job now", async () => {
    const office = await postOffice(desk);
    const { id } = await rejection(desk, "told-11");
    const lost = { jobId: "lost", signal: AbortSignal.abort() };
    await expect(office.send({ id, version: 1, order: null }, lost)).rejects.toThrow(/abort/i);
    expect(await messageOf(desk, id)).toMatchObject({ status: "pending", tries: 0 });
    hintAt(desk, id);
    await untilSent(desk, id);
    expect(await office.asked()).toBe(1);
  });

  test("that left is booked as sent though its booking failed at first", async () => {
    const office = await postOffice(desk);
    const { id } = await rejection(desk, "told-10");
    await sql`
      CREATE FUNCTION refuse_booking() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'too many' USING ERRCODE = '53300'; END $$`.execute(desk.db);
    await sql`
      CREATE TRIGGER refuse_booking BEFORE UPDATE ON notifications
      FOR EACH ROW WHEN (NEW.status = 'sent') EXECUTE FUNCTION refuse_booking()`.execute(desk.db);
    hintAt(desk, id);
    await office.untilAsked(1);
    expect((await messageOf(desk, id)).status).toBe("sending");
    await sql`DROP FUNCTION refuse_booking CASCADE`.execute(desk.db);
    await until(desk, id, "the message to be booked", ({ status }) => status === "sent");
    expect(await office.asked()).toBe(1);
  });
});
