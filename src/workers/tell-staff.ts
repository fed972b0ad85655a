import { Unavailable } from "../errors.ts";
import type { Mailer, Texter } from "../notifications/carriers.ts";
import type { SendOutcome } from "../notifications/claim-messages.ts";
import {
  type linksAt,
  renderStaffMail,
  renderStaffSms,
} from "../notifications/staff/staff-letters.ts";
import type { StaffMessage } from "../notifications/staff/staff-messages.ts";

export type StaffMeans = {
  mailer: Mailer;
  texter: Texter | null;
  staff: {
    /** The addresses and numbers of STAFF_RULES, by what stands for them in our tables. */
    addresses: ReadonlyMap<string, string>;
    links: ReturnType<typeof linksAt>;
  };
};

/** For so long another process may know a recipient that this one does not: a release is on. */
const releaseMinutes = 10;
const retrySeconds = 30;

/** Sends messages to staff, unless they stand in the rules no more. */
export function staffCarrier(
  means: StaffMeans,
  now: () => number = Date.now,
): (message: StaffMessage) => Promise<SendOutcome> {
  const { mailer, texter, staff } = means;
  return async (message) => {
    const { id, tries, channel, template, order } = message;
    const to = staff.addresses.get(message.recipient);
    if (to === undefined) {
      if (now() - message.createdAt.getTime() < releaseMinutes * 60_000) throw notKnownYet();
      return { id, tries, status: "dropped", reason: "no longer in STAFF_RULES" };
    }
    if (channel === "sms" && texter === null) {
      return { id, tries, status: "dropped", reason: "no SMS supplier is configured" };
    }
    const carried =
      channel === "sms"
        ? texter?.send({ to, text: renderStaffSms(message, staff.links), notificationId: id })
        : mailer.send({
            ...{ to, toName: null, ...renderStaffMail(message, staff.links), template },
            ...{ notificationId: id, orderId: order?.id ?? null },
          });
    return { id, tries, status: "sent", providerId: (await carried)?.providerId ?? "" };
  };
}

function notKnownYet(): Unavailable {
  const message = "Nobody in the STAFF_RULES of this process is meant. Another one may know them.";
  return new Unavailable("staff_not_known", message, undefined, retrySeconds);
}
