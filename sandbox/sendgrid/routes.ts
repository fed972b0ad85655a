import { type Context, Hono } from "hono";
import type { Books } from "../books.ts";
import { type Faults, type HttpEnv, underFault } from "../faults.ts";
import { letters } from "../ids.ts";
import type { Arrivals } from "./arrivals.ts";
import type { Address, Mail } from "./mail.ts";
import type { MailEvents } from "./mail-events.ts";
import { fault, type MailFault, type MailRequest, readMail } from "./validation.ts";

type Refusal = 400 | 401 | 404 | 413 | 415;

const MAX_BYTES = 30 * 1024 * 1024;
/** Older mails keep their envelope; all their texts would fill the memory of a long run. */
const BODIES_KEPT = 5_000;

export type MailOffice = {
  books: Books;
  faults: Faults;
  now: () => number;
  /** Null where nobody is told what becomes of mails. */
  events: MailEvents | null;
  arrivals: Arrivals;
};

/** SendGrid's API under /v3: it takes mail, and keeps it for the inbox instead of sending it. */
export function sendgridRoutes(office: MailOffice): Hono<HttpEnv> {
  const { faults } = office;
  const app = new Hono<HttpEnv>();

  app.post("/mail/send", (c) => {
    const planned = faults.take("sendgrid", c.req.method, c.req.path);
    const refuse = (status: number) => {
      return c.json(
        { errors: [fault(`The sandbox was told to answer ${status}.`)] },
        status as 500,
      );
    };
    return underFault(c, planned, () => acceptMail(c, office), refuse);
  });

  app.all("*", (c) => refuseMail(c, 404, [fault("The stand-in does not know this route.")]));
  return app;
}

async function acceptMail(c: Context<HttpEnv>, { books, now, events, arrivals }: MailOffice) {
  if (!/^bearer sg\../i.test(c.req.header("authorization") ?? "")) {
    return refuseMail(c, 401, [
      fault("The authorization grant is invalid: send a bearer key that begins with SG."),
    ]);
  }
  if (!/^application\/json\b/i.test(c.req.header("content-type") ?? "")) {
    return refuseMail(c, 415, [fault("The content type must be application/json.")]);
  }
  const text = await c.req.text();
  if (text.length > MAX_BYTES) return refuseMail(c, 413, [fault("The mail is over 30 MB.")]);
  const body = parseJson(text);
  if (body === undefined) return refuseMail(c, 400, [fault("The body is not valid JSON.")]);
  const read = readMail(body);
  if ("faults" in read) return refuseMail(c, 400, read.faults);

  const messageId = letters(22);
  const at = new Date(now()).toISOString();
  const mails = mailsOf(read.mail, messageId, at);
  for (const mail of mails) books.mails.put(mail);
  forgetOldBodies(books);
  await books.commit();
  for (const mail of mails) {
    events?.accept(mail);
    arrivals.tell(mail);
  }
  return c.body(null, 202, { "x-message-id": messageId });
}

/** One mail for each personalization; what it does not say is taken from the whole. */
function mailsOf(mail: MailRequest, messageId: string, acceptedAt: string): Mail[] {
  const contentOf = (type: string) => mail.content.find((part) => part.type === type)?.value;
  return mail.personalizations.map((person, i) => {
    const customArgs = { ...mail.custom_args, ...person.custom_args };
    return {
      id: i === 0 ? messageId : `${messageId}.${i}`,
      acceptedAt,
      to: person.to.map(addressOf),
      cc: person.cc.map(addressOf),
      bcc: person.bcc.map(addressOf),
      from: addressOf(mail.from),
      replyTo: mail.reply_to ? addressOf(mail.reply_to) : null,
      subject: person.subject ?? mail.subject ?? "",
      text: contentOf("text/plain") ?? null,
      html: contentOf("text/html") ?? null,
      headers: { ...mail.headers, ...person.headers },
      categories: mail.categories,
      customArgs,
      orderId: customArgs["order_id"] ?? null,
      notificationId: customArgs["notification_id"] ?? null,
    };
  });
}

function forgetOldBodies(books: Books): void {
  const old = books.mails.rows[books.mails.rows.length - BODIES_KEPT - 1];
  if (old && (old.text ?? old.html) !== null) books.mails.put({ ...old, text: null, html: null });
}

function addressOf({ email, name }: { email: string; name?: string | null | undefined }): Address {
  return { email, name: name ?? null };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuseMail(c: Context<HttpEnv>, status: Refusal, errors: MailFault[]): Response {
  return c.json({ errors }, status);
}
