import sendgrid from "@sendgrid/mail";
import { OutcomeUnknown } from "../errors.ts";
import { answeredNo, noAnswer } from "../notifications/carrier-failures.ts";
import type { Mailer, OutgoingMail } from "../notifications/carriers.ts";
import { oneLine } from "../notifications/format.ts";
import { graceMs, promptAgents, within } from "../prompt-agents.ts";

export type SendGridSettings = {
  apiKey: string;
  /** Where a stand-in listens; SendGrid itself when left out. */
  url?: string | undefined;
  /** "Shop <orders@shop.example>", or the address alone. */
  from: string;
  timeoutMs: number;
};

/** Mails through SendGrid. A service of our own: the SDK's shared one has settings for all. */
export function createSendGridMailer(settings: SendGridSettings): Mailer {
  const service = sendGridService(settings);
  const from = sender(settings.from);
  return {
    async send(mail) {
      const request = { method: "POST", url: "/v3/mail/send", body: message(mail, from) };
      const sent = service.client.request(request);
      const [answer] = await within(settings.timeoutMs + graceMs, sent).catch((error: unknown) => {
        throw failure(error);
      });
      const providerId: unknown = answer.headers["x-message-id"];
      if (answer.statusCode === 202 && typeof providerId === "string") return { providerId };
      throw new OutcomeUnknown(
        "sendgrid_no_answer",
        `SendGrid answered ${answer.statusCode} without a message id. Check the URL of SendGrid.`,
      );
    },
  };
}

type Answer = { statusCode: number; headers: Record<string, unknown> };
/** The SDK's types know neither its class nor the HTTP client that a service keeps. */
type Service = typeof sendgrid & {
  client: {
    setDefaultRequest(request: object): unknown;
    request(request: object): Promise<[Answer, unknown]>;
  };
};
const { MailService } = sendgrid as unknown as { MailService: new () => Service };

function sendGridService({ apiKey, url, timeoutMs }: SendGridSettings): Service {
  const service = new MailService();
  service.setApiKey(apiKey);
  service.setTimeout(timeoutMs);
  const agents = promptAgents(timeoutMs / 2);
  const wire = {
    url: "",
    httpAgent: agents.http,
    httpsAgent: agents.https,
    // A redirect would carry the key and the mail to somebody else.
    maxRedirects: 0,
    ...(url === undefined ? {} : { baseUrl: url, proxy: false }),
  };
  service.client.setDefaultRequest(wire);
  return service;
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

/** The SDK throws its ResponseError (its code is a number) for answers, else axios' error. */
function failure(error: unknown): Error {
  const { code, response } = error as { code?: unknown; response?: Response };
  const status = typeof code === "number" ? code : response?.status;
  if (response === undefined || status === undefined || status < 300) {
    return noAnswer("sendgrid", error);
  }
  const faults = faultsOf(response.body);
  return answeredNo("sendgrid", {
    status,
    reason: faults.map(({ field, message: text }) => `${text} (${field ?? "-"})`).join("; "),
    fault: faults.some(({ field }) => String(field).startsWith("from")) ? "sender" : "message",
    retryAfter: retryAfter(response.headers ?? {}),
  });
}
type Response = { status?: number; headers?: Record<string, string>; body?: unknown };

function faultsOf(body: unknown): Fault[] {
  const errors = (body as { errors?: unknown } | null | undefined)?.errors;
  return Array.isArray(errors) ? errors.filter((fault) => typeof fault === "object") : [];
}

/** SendGrid names the second at which its limit ends; a proxy before it says how long to wait. */
function retryAfter(headers: Record<string, string>): string | null {
  const reset = Number(headers["x-ratelimit-reset"]);
  if (headers["retry-after"] !== undefined) return headers["retry-after"];
  if (!Number.isFinite(reset)) return null;
  return String(Math.max(0, Math.ceil(reset - Date.now() / 1000)));
}
