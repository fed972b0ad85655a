import sendgrid from "@sendgrid/mail";
import { OutcomeUnknown } from "../errors.ts";
import { answeredNo, noAnswer } from "../notifications/carrier-failures.ts";
import type { Mailer, OutgoingMail } from "../notifications/carriers.ts";
import { oneLine } from "../notifications/format.ts";
import { promptRequests, type Question, type Reply } from "../prompt-requests.ts";

export type SendGridSettings = {
  apiKey: string;
  /** Where a stand-in listens; SendGrid itself when left out. */
  url?: string | undefined;
  /** "Shop <orders@shop.example>", or the address alone. */
  from: string;
  timeoutMs: number;
};

/**
 * Mails through SendGrid. The SDK makes the request: address, key and headers. It would send it
 * over axios, which takes four times the CPU of our own wire for the same mail.
 */
export function createSendGridMailer(settings: SendGridSettings): Mailer {
  const { apiKey, url: baseUrl, timeoutMs } = settings;
  // A service of our own: the SDK's shared one has settings for all.
  const { client } = new MailService();
  client.setApiKey(apiKey);
  const ask = promptRequests(timeoutMs / 2, { proxied: baseUrl === undefined });
  const from = sender(settings.from);
  return {
    async send(mail) {
      const body = message(mail, from);
      const request = { method: "POST", url: "/v3/mail/send", body, ...(baseUrl && { baseUrl }) };
      const reply = await ask(written(client.createRequest(request)), timeoutMs).catch(
        (error: unknown) => {
          throw noAnswer("sendgrid", error);
        },
      );
      const { status, headers } = reply;
      if (status >= 300) throw refusal(reply);
      const providerId = headers["x-message-id"];
      if (status === 202 && typeof providerId === "string") return { providerId };
      throw new OutcomeUnknown(
        "sendgrid_no_answer",
        `SendGrid answered ${status} without a message id. Check the URL of SendGrid.`,
      );
    },
  };
}

/** A request as the SDK makes it. */
type Made = { baseURL: string; url: string; data: object; headers: Record<string, string> };
/** The SDK's types know neither its class nor the client that a service keeps. */
type Service = {
  client: { setApiKey(key: string): void; createRequest(request: object): Made };
};
const { MailService } = sendgrid as unknown as { MailService: new () => Service };

function written({ baseURL, url, data, headers }: Made): Question {
  // An address with a path keeps it: a gateway may stand before SendGrid.
  const { origin, pathname } = new URL(baseURL.replace(/\/+$/, "") + url);
  return { origin, path: pathname, method: "POST", headers, body: JSON.stringify(data) };
}

type Sender = { email: string; name?: string };

function sender(from: string): Sender {
  const named = /^\s*"?([^"<]*?)"?\s*<([^<>\s]+@[^<>\s]+)>\s*$/.exec(from);
  if (!named?.[2]) return { email: from.trim() };
  return named[1] ? { email: named[2], name: named[1] } : { email: named[2] };
}

/**
 * The mail in the shape of SendGrid's API. The SDK would make it of its own shape, and copy every
 * mail several times for that: a fifth of the CPU of a mail.
 */
function message(mail: OutgoingMail, from: Sender): object {
  const toName = oneLine(mail.toName ?? "");
  return {
    personalizations: [
      { to: [toName === "" ? { email: mail.to } : { email: mail.to, name: toName }] },
    ],
    from,
    subject: oneLine(mail.subject),
    content: [
      { type: "text/plain", value: mail.text },
      { type: "text/html", value: mail.html },
    ],
    categories: [mail.template],
    custom_args: {
      notification_id: mail.notificationId,
      ...(mail.orderId === null ? {} : { order_id: mail.orderId }),
    },
    // Sent again after an unknown outcome it has the same id, by which a mailbox knows a twin.
    headers: { "Message-ID": `<${mail.notificationId}@${from.email.split("@").at(-1)}>` },
    // Tracking would hand the order's token, which is in the link to pay, to whoever redirects it.
    tracking_settings: {
      click_tracking: { enable: false, enable_text: false },
      open_tracking: { enable: false },
    },
  };
}

type Fault = { message?: unknown; field?: unknown };

function refusal({ status, headers, text }: Reply): Error {
  const faults = faultsOf(text);
  return answeredNo("sendgrid", {
    status,
    reason: faults.map(({ field, message: text }) => `${text} (${field ?? "-"})`).join("; "),
    fault: faults.some(({ field }) => String(field).startsWith("from")) ? "sender" : "message",
    retryAfter: retryAfter(headers),
  });
}

function faultsOf(text: string): Fault[] {
  const errors = (parsed(text) as { errors?: unknown } | null)?.errors;
  return Array.isArray(errors) ? errors.filter((fault) => typeof fault === "object") : [];
}

/** Whoever stands before SendGrid may answer with a page. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** SendGrid names the second at which its limit ends; a proxy before it says how long to wait. */
function retryAfter(headers: Reply["headers"]): string | null {
  const reset = Number(headers["x-ratelimit-reset"]);
  if (headers["retry-after"] !== undefined) return headers["retry-after"];
  if (!Number.isFinite(reset)) return null;
  return String(Math.max(0, Math.ceil(reset - Date.now() / 1000)));
}
