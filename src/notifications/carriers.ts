/**
 * What we need of those who carry messages. SendGrid answers it in `src/sendgrid/`, Twilio in
 * `src/twilio/`. Neither has an idempotency key, so the kind of failure decides what is safe:
 *
 * - `Refused`: this message can never be delivered as it is; it was not sent.
 * - `Unavailable`: it was not sent, and trying again may work (also after a person has mended
 *   a key or a sender). `retryAfterSeconds` says how long they asked us to wait, if they did.
 * - `OutcomeUnknown`: it may have been sent. Sending it again risks one duplicate.
 */
export type Mailer = { send(mail: OutgoingMail): Promise<Carried> };
export type Texter = { send(sms: OutgoingSms): Promise<Carried> };

export type OutgoingMail = {
  to: string;
  toName: string | null;
  subject: string;
  html: string;
  text: string;
  notificationId: string;
  /** Null where it is about no order. */
  orderId: string | null;
  template: string;
};

type OutgoingSms = { to: string; text: string; notificationId: string };

/** The supplier has taken the message on, under a number of its own. */
export type Carried = { providerId: string };
