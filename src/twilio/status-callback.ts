import { Refused } from "../errors.ts";
import type { DeliveryReport } from "../notifications/delivery-reports.ts";
import type { Delivery } from "../notifications/lifecycle.ts";

/** Where Twilio tells of the messages that we send; which one it is stands in the query. */
const statusPath = "/v1/webhooks/twilio";

export type SignedSmsStatus = { body: Buffer; signature: string; notificationId: string };

/**
 * Reads what Twilio posts to the address that was given with a message. The signature covers that
 * address and the form, and knows no time: a replay does no harm, since a report counts once.
 *
 * @throws Refused where it is not signed with the account's token
 */
export function createSmsStatusReader(
  means: { authToken: string; publicUrl: string } | null,
  now: () => number = Date.now,
): (status: SignedSmsStatus) => Promise<DeliveryReport[]> {
  return async ({ body, signature, notificationId }) => {
    const form = Object.fromEntries(new URLSearchParams(body.toString("utf8")));
    if (means === null || !(await fits(means, signature, notificationId, form))) {
      throw new Refused(
        "webhook_not_genuine",
        means === null
          ? "No SMS are followed up here: that takes TWILIO_AUTH_TOKEN and PUBLIC_URL."
          : "The signature does not fit. Check TWILIO_AUTH_TOKEN and PUBLIC_URL.",
      );
    }
    return reportOf(form, notificationId, new Date(now()));
  };
}

/** The address at which Twilio is to tell of a message. */
export function statusCallback(publicUrl: string, notificationId: string): string {
  return `${publicUrl.replace(/\/+$/, "")}${statusPath}?message=${notificationId}`;
}

/** The SDK's own check; that module alone is small, and is loaded with the first callback. */
async function fits(
  { authToken, publicUrl }: { authToken: string; publicUrl: string },
  signature: string,
  notificationId: string,
  form: Record<string, string>,
): Promise<boolean> {
  const { default: webhooks } = await import("twilio/lib/webhooks/webhooks.js");
  const url = statusCallback(publicUrl, notificationId);
  return webhooks.validateRequest(authToken, signature, url, form);
}

/** What of Twilio's words is known to be over stands last. */
const deliveryOf: Record<string, Delivery> = {
  accepted: "accepted",
  queued: "accepted",
  sending: "accepted",
  sent: "accepted",
  delivered: "delivered",
  read: "delivered",
  undelivered: "undelivered",
  failed: "undelivered",
};

function reportOf(
  form: Record<string, string>,
  notificationId: string,
  at: Date,
): DeliveryReport[] {
  const { MessageSid: sid = "", MessageStatus: status = "", ErrorCode: code } = form;
  const delivery = Object.hasOwn(deliveryOf, status) ? deliveryOf[status] : undefined;
  if (delivery === undefined || !/^\w{1,64}$/.test(sid) || !uuid.test(notificationId)) return [];
  const reason = code && /^\d{1,6}$/.test(code) ? `Twilio's error ${code}` : null;
  return [{ id: `twilio:${sid}:${status}`, notificationId, providerId: sid, delivery, reason, at }];
}
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
