import { sql } from "kysely";
import type { Mail } from "../../sandbox/sendgrid/mail.ts";
import { contactSafe } from "../../src/notifications/contacts.ts";
import { addressBook } from "../../src/notifications/staff/recipients.ts";
import { linksAt } from "../../src/notifications/staff/staff-letters.ts";
import { notificationQueue } from "../../src/queues/notification.ts";
import { tableOf, type WaitingTable } from "../../src/queues/waiting-rows.ts";
import { createSendGridMailer } from "../../src/sendgrid/mailer.ts";
import type { StaffRules } from "../../src/staff-rules.ts";
import { poster } from "../../src/webhooks/post.ts";
import { secretSafe } from "../../src/webhooks/secrets.ts";
import { notificationHandlers } from "../../src/workers/notification.ts";
import { sweepDue } from "../../src/workers/sweep.ts";
import { startStandIns } from "../sandbox/stand-ins.ts";
import { contactKey, openShop, requestOf, reserved, stockProduct } from "../support/shop.ts";
import { waitFor } from "../support/wait-for.ts";
import { work } from "./paying.ts";
import type { QueueDesk } from "./queue-desk.ts";

/** Endpoints of the tests are on this machine. */
const homeRules = { allowPrivate: true, timeoutSeconds: 1 };

const noRules: StaffRules = { rules: [], onCall: null };

/** So long a supplier may take to answer. */
export const mailSeconds = 0.3;

/** A worker of messages, SendGrid's stand-in, and how to set faults there. */
export async function postOffice(desk: QueueDesk, rules: StaffRules = noRules) {
  const standIns = await startStandIns();
  const mailer = createSendGridMailer({
    apiKey: "SG.of-the-tests",
    from: "Aurora <orders@aurora.example>",
    timeoutMs: mailSeconds * 1_000,
    url: standIns.url,
  });
  const contacts = contactSafe([contactKey]);
  const linkTo = () => "https://shop.example/pay";
  const told = { secrets: secretSafe([contactKey]), post: poster(homeRules) };
  const staff = { addresses: addressBook(rules), links: linksAt("https://orders.example") };
  const means = { ...desk, contacts, mailer, texter: null, linkTo, concurrency: 4, staff, ...told };
  const handlers = notificationHandlers(means);
  work(notificationQueue, handlers, desk);
  const asked = async () =>
    (await standIns.read<Record<string, number>>("/counts"))["POST /v3/mail/send"] ?? 0;
  return {
    send: handlers.send_message,
    /** How many requests the stand-in has come to an end with. */
    asked,
    untilAsked: (times: number) =>
      waitFor(`${times} requests`, async () => (await asked()) === times || undefined),
    fault: (fault: object) => standIns.tell("/faults", { service: "sendgrid", ...fault }),
    mailsTo: (to: string) => standIns.read<Mail[]>(`/mail?to=${to}`),
    mails: (orderId: string) => standIns.read<object[]>(`/mail?orderId=${orderId}`),
  };
}

/** An order that was rejected, and the one mail that tells of it. */
export async function rejection(desk: QueueDesk, sku: string) {
  const shop = await openShop(desk.db);
  await stockProduct(desk.db, sku, 1);
  const wanted = requestOf(shop, [{ sku, quantity: 2 }]);
  const [orderId = ""] = await reserved(desk.db, desk.settings, wanted);
  const { id } = await desk.db
    .selectFrom("notifications")
    .select("id")
    .where("order_id", "=", orderId)
    .executeTakeFirstOrThrow();
  return { orderId, id };
}

/** Hints at the message, as often as there are rounds. */
export function hintAt({ hints }: QueueDesk, id: string, rounds: readonly number[] = [0]): void {
  const hint = {
    queue: "notification",
    kind: "send_message",
    id,
    version: 1,
    order: null,
  } as const;
  hints.send(rounds.map((round) => ({ ...hint, round })));
}

/** Waits until the message's job is gone: done, or nothing was to be done. */
export function untilJobEnds({ hints }: QueueDesk, id: string, round = 0): Promise<true> {
  const job = () => hints.queue("notification").getJob(`send_message-${id}-1-${round}`);
  return waitFor("the job to end", async () => (await job()) === undefined || undefined);
}

export function messageOf({ db }: QueueDesk, id: string) {
  return db.selectFrom("notifications").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
}

type Message = Awaited<ReturnType<typeof messageOf>>;

export function until(desk: QueueDesk, id: string, what: string, is: (row: Message) => boolean) {
  return waitFor(what, async () => {
    const row = await messageOf(desk, id);
    if (is(row)) return row;
    throw new Error(JSON.stringify(row));
  });
}

export function untilSent(desk: QueueDesk, id: string): Promise<Message> {
  return until(desk, id, "the message to be sent", ({ status }) => status === "sent");
}

/** Turns the row's clock on, and lets the sweeper find it. */
export async function clockRings(desk: QueueDesk, id: string): Promise<void> {
  await sql`UPDATE notifications SET due_at = now(), claimed_at = claimed_at - interval '1 hour'
    WHERE id = ${id}`.execute(desk.db);
  await sweepDue(desk, tableOf("send_message") as WaitingTable);
}
