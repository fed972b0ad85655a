import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { Refused } from "../errors.ts";
import type { DeliveryReport } from "../notifications/delivery-reports.ts";
import type { Delivery } from "../notifications/lifecycle.ts";
import { withoutPerson } from "../without-person.ts";

/** SendGrid posts an event again for a day. A replay does no harm: a report counts once. */
const oldestSeconds = 24 * 3_600;
const newestSeconds = 300;

export type SignedMailEvents = { body: Buffer; signature: string; timestamp: string };

/**
 * Reads what SendGrid's event webhook posts. `keys` are the verification keys from SendGrid's
 * settings, several while one is exchanged for another: whichever fits will do.
 *
 * @throws Refused where it is not signed by SendGrid, or is not of our day
 */
export function createMailEventReader(
  keys: readonly string[],
  now: () => number = Date.now,
): (events: SignedMailEvents) => DeliveryReport[] {
  const publicKeys = keys.map(publicKey);
  return ({ body, signature, timestamp }) => {
    if (!publicKeys.some((key) => fits(key, { body, signature, timestamp }))) {
      throw new Refused(
        "webhook_not_genuine",
        keys.length === 0
          ? "Nobody can say who signed this. Set SENDGRID_WEBHOOK_KEY to its verification key."
          : "The signature does not fit. Check that SENDGRID_WEBHOOK_KEY is this webhook's.",
      );
    }
    const age = now() / 1_000 - Number(timestamp);
    if (!(age <= oldestSeconds)) {
      throw new Refused("webhook_too_old", "The webhook was signed more than a day ago.");
    }
    if (age < -newestSeconds) {
      throw new Refused("webhook_from_the_future", "The webhook's timestamp lies ahead of time.");
    }
    return parse(body).flatMap(reportOf);
  };
}

/** The key as SendGrid shows it: DER in base64. */
function publicKey(text: string): KeyObject {
  return createPublicKey({ key: Buffer.from(text, "base64"), format: "der", type: "spki" });
}

/** The signature covers the timestamp and the body's exact bytes. */
function fits(key: KeyObject, { body, signature, timestamp }: SignedMailEvents): boolean {
  const signed = Buffer.concat([Buffer.from(timestamp), body]);
  return verify("sha256", signed, key, Buffer.from(signature, "base64"));
}

function parse(body: Buffer): unknown[] {
  try {
    const events: unknown = JSON.parse(body.toString("utf8"));
    if (Array.isArray(events)) return events;
  } catch {
    // Said below.
  }
  throw new Refused("malformed_json", "The body is no JSON array of events.");
}

/** Opens, clicks and the like say nothing of whether a mail arrived. */
const deliveryOf: Record<string, Delivery> = {
  processed: "accepted",
  deferred: "deferred",
  delivered: "delivered",
  bounce: "bounced",
  dropped: "dropped",
  spamreport: "reported_as_spam",
};

/** One of ours, which carries the message's id; an account may send for others too. */
function reportOf(event: unknown): DeliveryReport[] {
  if (typeof event !== "object" || event === null) return [];
  const {
    event: kind,
    sg_event_id,
    sg_message_id,
    notification_id,
    timestamp,
    ...said
  } = event as Record<string, unknown>;
  const delivery = Object.hasOwn(deliveryOf, String(kind)) ? deliveryOf[String(kind)] : undefined;
  if (delivery === undefined || typeof sg_event_id !== "string") return [];
  if (typeof notification_id !== "string" || !uuid.test(notification_id)) return [];
  const at = new Date(Number(timestamp) * 1_000);
  if (Number.isNaN(at.getTime())) return [];
  return [
    {
      id: `sendgrid:${sg_event_id.slice(0, longestId)}`,
      notificationId: notification_id,
      providerId: typeof sg_message_id === "string" ? (sg_message_id.split(".")[0] ?? null) : null,
      delivery,
      reason: reasonIn(said),
      at,
    },
  ];
}
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const longestId = 200;
const longestReason = 300;

function reasonIn({ reason, response }: Record<string, unknown>): string | null {
  const said = reason ?? response;
  return typeof said === "string" && said !== "" ? withoutPerson(said, longestReason) : null;
}
