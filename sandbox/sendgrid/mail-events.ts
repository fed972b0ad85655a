import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import type { Books } from "../books.ts";
import type { Feedback } from "../feedback.ts";
import { letters } from "../ids.ts";
import type { Mail } from "./mail.ts";

/** What becomes of mails, as far as a test or a person says so. */
export type MailFate = "delivered" | "deferred" | "bounce" | "dropped" | "spamreport";

/** Where events are posted, and the private key that signs them: PKCS #8 in base64. */
export type MailEventSettings = { url: string; key: string };

type Desk = { settings: MailEventSettings; books: Books; feedback: Feedback; now: () => number };

/** Events that come together are posted together, as SendGrid does. */
const GATHER_MS = 100;
const MAX_EVENTS = 500;

/** SendGrid's event webhook: what happened to each mail, in signed arrays. */
export class MailEvents {
  readonly #desk: Desk;
  readonly #key: KeyObject;
  #gathered: Record<string, unknown>[] = [];

  constructor(desk: Desk) {
    this.#desk = desk;
    const key = Buffer.from(desk.settings.key, "base64");
    this.#key = createPrivateKey({ key, format: "der", type: "pkcs8" });
  }

  /** A mail was accepted: it is processed, and then has its fate. */
  accept(mail: Mail): void {
    const fate = this.#fateOf(mail);
    if (fate !== "dropped") this.#gather(mail, "processed", {});
    if (fate === "spamreport") this.#gather(mail, "delivered", {});
    this.#gather(mail, fate, reasons[fate] ?? {});
  }

  #fateOf({ to }: Mail): MailFate {
    const { mailFate } = this.#desk.books.switches;
    if (mailFate === null) return "delivered";
    const isMeant = ({ email }: { email: string }) =>
      mailFate.to === null || email.toLowerCase() === mailFate.to.toLowerCase();
    return to.some(isMeant) ? mailFate.fate : "delivered";
  }

  #gather(mail: Mail, event: string, more: Record<string, string>): void {
    this.#gathered.push({
      ...{ email: mail.to[0]?.email, event, ...more, ...mail.customArgs },
      ...{ category: mail.categories, timestamp: Math.floor(this.#desk.now() / 1_000) },
      ...{ sg_event_id: letters(22), sg_message_id: `${mail.id}.recvd-sandbox-1.0` },
    });
    if (this.#gathered.length === 1) setTimeout(() => this.#post(), GATHER_MS).unref();
    if (this.#gathered.length >= MAX_EVENTS) this.#post();
  }

  #post(): void {
    if (this.#gathered.length === 0) return;
    const body = JSON.stringify(this.#gathered);
    this.#gathered = [];
    const { settings, feedback, now } = this.#desk;
    feedback.tell(() => {
      const timestamp = String(Math.floor(now() / 1_000));
      const signature = sign("sha256", Buffer.from(timestamp + body), this.#key);
      const headers = {
        "content-type": "application/json",
        "x-twilio-email-event-webhook-signature": signature.toString("base64"),
        "x-twilio-email-event-webhook-timestamp": timestamp,
      };
      return { url: settings.url, body, headers };
    });
  }
}

const reasons: Partial<Record<MailFate, Record<string, string>>> = {
  deferred: { response: "450 4.2.1 The mailbox is busy: try again later.", attempt: "1" },
  bounce: { type: "bounce", status: "5.1.1", reason: "550 5.1.1 There is no such mailbox here." },
  dropped: { reason: "Bounced Address" },
};
