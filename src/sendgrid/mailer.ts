import sendgrid from "@sendgrid/mail";
import { OutcomeUnknown } from "../errors.ts";
import { answeredNo, noAnswer } from "../notifications/carrier-failures.ts";
import type { Mailer, OutgoingMail } from "../notifications/carriers.ts";
import { oneLine } from "../notifications/format.ts";
import { type Asking, promptRequests } from "../prompt-requests.ts";

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
      const [answer] = await service.client.request(request).catch((error: unknown) => {
        throw noAnswer("sendgrid", error);
      });
      const { statusCode: status, headers } = answer;
      if (status >= 300) throw refusal(answer);
      const providerId = headers["x-message-id"];
      if (status === 202 && typeof providerId === "string") return { providerId };
      throw new OutcomeUnknown(
        "sendgrid_no_answer",
        `SendGrid answered ${status} without a message id. Check the URL of SendGrid.`,
      );
    },
  };
}

type Answer = { statusCode: number; headers: Record<string, string>; body: unknown };
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
  const adapter = wire(promptRequests(timeoutMs / 2, { proxied: url === undefined }), timeoutMs);
  // The text stays as it is until we know that it is one of SendGrid's faults.
  const asItIs = { transformRequest: [], transformResponse: [] };
  service.client.setDefaultRequest({
    ...{ url: "", adapter, ...asItIs },
    ...(url !== undefined && { baseUrl: url }),
  });
  return service;
}

/** What the SDK hands to its HTTP client, of which this is the end of the wire. */
type Sending = { baseURL: string; url: string; data: object; headers: { toJSON(): object } };

/**
 * Asks in place of the client's own adapter, which takes six times the CPU. It follows no
 * redirect, which would carry the key and the mail to somebody else.
 */
function wire(ask: Asking, timeoutMs: number) {
  return async (config: Sending) => {
    const { origin, pathname } = new URL(config.url, config.baseURL);
    const headers = config.headers.toJSON() as Record<string, string>;
    const body = JSON.stringify(config.data);
    const question = { origin, path: pathname, method: "POST", headers, body } as const;
    const reply = await ask(question, timeoutMs);
    return { status: reply.status, headers: reply.headers, data: reply.text, config };
  };
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

function refusal({ statusCode: status, headers, body }: Answer): Error {
  const faults = faultsOf(body);
  return answeredNo("sendgrid", {
    status,
    reason: faults.map(({ field, message: text }) => `${text} (${field ?? "-"})`).join("; "),
    fault: faults.some(({ field }) => String(field).startsWith("from")) ? "sender" : "message",
    retryAfter: retryAfter(headers),
  });
}

function faultsOf(body: unknown): Fault[] {
  const errors = (parsed(body) as { errors?: unknown } | null)?.errors;
  return Array.isArray(errors) ? errors.filter((fault) => typeof fault === "object") : [];
}

/** Whoever stands before SendGrid may answer with a page. */
function parsed(body: unknown): unknown {
  try {
    return JSON.parse(String(body));
  } catch {
    return null;
  }
}

/** SendGrid names the second at which its limit ends; a proxy before it says how long to wait. */
function retryAfter(headers: Record<string, string>): string | null {
  const reset = Number(headers["x-ratelimit-reset"]);
  if (headers["retry-after"] !== undefined) return headers["retry-after"];
  if (!Number.isFinite(reset)) return null;
  return String(Math.max(0, Math.ceil(reset - Date.now() / 1000)));
}
