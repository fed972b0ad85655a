import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
import { inOneStatement } from "../db/transaction.ts";
import { OutcomeUnknown, Refused, reasonOf, Unavailable } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Carried, Mailer, Texter } from "../notifications/carriers.ts";
import {
  type ClaimedMessage,
  claimMessages,
  type SendOutcome,
  saveOutcomes,
} from "../notifications/claim-messages.ts";
import type { ContactSafe } from "../notifications/contacts.ts";
import { isTexted } from "../notifications/facts.ts";
import { payingTemplates } from "../notifications/lifecycle.ts";
import { type LinkTo, messageFacts } from "../notifications/message-facts.ts";
import { renderMail, renderSms } from "../notifications/render.ts";
import { claimStaffMessages } from "../notifications/staff/claim-staff-messages.ts";
import type { StaffMessage } from "../notifications/staff/staff-messages.ts";
import { inStatements } from "../orders/in-batches.ts";
import type { Handlers } from "../queues/define-queue.ts";
import type { Hints } from "../queues/hints.ts";
import type { notificationQueue } from "../queues/notification.ts";
import { semaphore } from "../queues/semaphore.ts";
import { copyWatch } from "./check-copy.ts";
import { type DeliveryMeans, deliveryHandlers } from "./deliver.ts";
import { persistently } from "./persistently.ts";
import { type StaffMeans, staffCarrier } from "./tell-staff.ts";

type Means = {
  db: Db;
  hints: Hints;
  log: Log;
  settings: Settings;
  contacts: ContactSafe;
  mailer: Mailer;
  /** Null where no SMS supplier is configured. */
  texter: Texter | null;
  linkTo: LinkTo;
  concurrency: number;
} & StaffMeans &
  DeliveryMeans;

type Claim = Pick<ClaimedMessage, "id" | "tries" | "unknowns">;

/** A message whose outcome was unknown so often is given up. */
const mostUnknowns = 2;

/** Tells customers, by e-mail and SMS, and other systems: claimed, sent, booked. */
export function notificationHandlers(means: Means): Handlers<typeof notificationQueue> {
  const { settings } = means;
  const inTurn = semaphore(means.concurrency);
  const mustBeOurs = copyWatch(means.db);
  const claim = inStatements<string, ClaimedMessage | null>(means, async (db, ids) => {
    const claimed = await claimMessages(db, settings, ids);
    // Two jobs of one message in a batch: only the first gets it.
    const take = (id: string) => {
      const message = claimed.get(id) ?? null;
      claimed.delete(id);
      return message;
    };
    return { results: ids.map(take) };
  });
  const claimForStaff = async (id: string) => {
    const claimed = await inOneStatement(means.db, (db) => claimStaffMessages(db, settings, [id]));
    return claimed[0] ?? null;
  };
  const toStaff = staffCarrier(means);
  const save = inStatements<SendOutcome, void>(means, async (db, outcomes) => {
    await saveOutcomes(db, settings, outcomes);
    return { results: outcomes.map(() => undefined) };
  });

  return {
    ...deliveryHandlers(means),

    // The turn comes before the claim: a claimed message that waits in line would be taken for
    // one whose outcome is unknown.
    send_message: ({ id }, { signal }) =>
      inTurn(async () => {
        await mustBeOurs();
        // Beyond the claim it is ours, whatever becomes of the job: left there, it would be taken
        // for one whose outcome is unknown.
        signal.throwIfAborted();
        const message = (await claim(id)) ?? (await claimForStaff(id));
        if (message === null) return "sent, or being sent";
        let failure: unknown;
        const carried = isForStaff(message) ? toStaff(message) : carry(means, message);
        const outcome = await carried.catch((error: unknown) => {
          failure = error;
          return outcomeOf(message, error);
        });
        // What is known of a message must not be lost to a moment without PostgreSQL: it would be
        // sent again.
        await persistently(() => save(outcome));
        report(means.log, message, outcome);
        // It was not sent: BullMQ tries again soon, the row's clock later; or, where the supplier
        // named a time, the clock alone at that time.
        if (outcome.status === "pending" && !outcome.afterSeconds) throw failure;
        return undefined;
      }),
  };
}

/** Sends the message, unless there is a reason why nobody should get it. */
async function carry(means: Means, message: ClaimedMessage): Promise<SendOutcome> {
  const { id, tries } = message;
  const reason = dropReason(means, message);
  if (reason !== null) return { id, tries, status: "dropped", reason };
  const { providerId } = await send(means, message);
  return { id, tries, status: "sent", providerId };
}

const isForStaff = (message: ClaimedMessage | StaffMessage) => "recipient" in message;

function report(log: Log, message: ClaimedMessage | StaffMessage, outcome: SendOutcome): void {
  const { orderId, orderNumber: order } = isForStaff(message)
    ? { orderId: message.order?.id ?? null, orderNumber: message.order?.number ?? null }
    : message;
  const { template, channel } = message;
  const kind = `${template}/${channel}`;
  const about = { orderId, order, messageId: message.id, kind, status: outcome.status };
  if ("reason" in outcome) log.warn("message_not_sent", { ...about, reason: outcome.reason });
  else log.info("message_sent", about);
}

function dropReason({ texter, contacts }: Means, message: ClaimedMessage): string | null {
  if (message.contact === null) return "erased";
  // The order moved on while the mail waited: nobody should be asked to pay it again.
  if (payingTemplates.includes(message.template) && !message.payable) return "no longer payable";
  if (message.channel === "email") return null;
  if (texter === null) return "no SMS supplier is configured";
  return contacts.open(message.contact)?.phone === null ? "no phone" : null;
}

async function send(means: Means, message: ClaimedMessage): Promise<Carried> {
  if (message.contact === null) throw new Refused("erased", "The contact was erased.");
  const contact = means.contacts.open(message.contact);
  if (contact === null) {
    throw new Refused("contact_sealed", "No key opens this contact. Check CONTACT_KEY.");
  }
  const facts = messageFacts(message, contact, means.linkTo);
  if (message.channel === "email") {
    const { id: notificationId, orderId, template } = message;
    const to = { to: contact.email, toName: contact.name };
    const mail = renderMail(template, facts);
    return await means.mailer.send({ ...to, ...mail, notificationId, orderId, template });
  }
  if (means.texter === null || contact.phone === null || !isTexted(message.template)) {
    throw new Refused("no_phone", "There is no way to send this by SMS.");
  }
  const { text } = renderSms(message.template, facts);
  return await means.texter.send({ to: contact.phone, text, notificationId: message.id });
}

function outcomeOf({ id, tries, unknowns }: Claim, error: unknown): SendOutcome {
  const reason = reasonOf(error);
  if (error instanceof Refused) return { id, tries, status: "failed", reason };
  if (!(error instanceof OutcomeUnknown)) {
    const afterSeconds = error instanceof Unavailable ? (error.retryAfterSeconds ?? 0) : 0;
    return { id, tries, status: "pending", reason, afterSeconds };
  }
  return unknowns < mostUnknowns
    ? { id, tries, status: "sending", reason }
    : { id, tries, status: "failed", reason: `unknown ${unknowns + 1} times: ${reason}` };
}
