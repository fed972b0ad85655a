import { type Context, Hono } from "hono";
import type { Books } from "../books.ts";
import { type Faults, type HttpEnv, underFault } from "../faults.ts";
import type { Feedback } from "../feedback.ts";
import { newSid } from "../ids.ts";
import { countSegments, DELIVERED_AFTER_MS, renderSms, type Sms } from "./sms.ts";
import { tellStatus } from "./status-callbacks.ts";

export type TwilioAccount = {
  books: Books;
  faults: Faults;
  now: () => number;
  token?: string;
  feedback: Feedback;
};

type Refusal = { status: 400 | 401 | 404; code: number; message: string };

const MAX_BODY_LENGTH = 1_600;
const SERVICE_NUMBER = "+15005550006";
const PHONE = /^\+[1-9]\d{6,14}$/;

/** Numbers that Twilio's test credentials refuse, each in its own way. */
const refusedNumbers: Record<string, Refusal> = {
  "+15005550001": { status: 400, code: 21211, message: "The 'To' number is not valid." },
  "+15005550002": { status: 400, code: 21612, message: "The 'To' number cannot be reached." },
  "+15005550004": { status: 400, code: 21610, message: "The recipient has unsubscribed." },
  "+15005550009": { status: 400, code: 21614, message: "The 'To' number takes no SMS." },
};

/** Twilio's messages under /2010-04-01: taken, kept for the inbox, and soon delivered. */
export function twilioRoutes(account: TwilioAccount): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();

  app.post("/Accounts/:account/Messages.json", (c) => {
    const planned = account.faults.take("twilio", c.req.method, c.req.path);
    const work = () => acceptSms(c, account, c.req.param("account"));
    return underFault(c, planned, work, (status) =>
      c.json(
        { code: 20500, message: `The sandbox was told to answer ${status}.`, status },
        status as 500,
      ),
    );
  });

  app.get("/Accounts/:account/Messages/:file", (c) => {
    const denied = checkAccount(c, account, c.req.param("account"));
    if (denied) return refuse(c, denied);
    const sms = account.books.texts.get(c.req.param("file").replace(/\.json$/, ""));
    return sms ? c.json(renderSms(sms, account.now())) : refuse(c, unknown(c));
  });

  app.all("*", (c) => refuse(c, unknown(c)));
  return app;
}

async function acceptSms(c: Context<HttpEnv>, account: TwilioAccount, accountSid: string) {
  const denied = checkAccount(c, account, accountSid);
  if (denied) return refuse(c, denied);
  const form = new URLSearchParams(await c.req.text());
  const [to, from, body] = ["To", "From", "Body"].map((name) => form.get(name)?.trim() ?? "");
  const service = form.get("MessagingServiceSid");
  // A messaging service chooses the sender itself; the stand-in's has one number.
  const sender = service?.startsWith("MG") ? SERVICE_NUMBER : from;
  const refusal = check(to ?? "", sender ?? "", body ?? "");
  if (refusal) return refuse(c, refusal);

  const sms: Sms = {
    id: newSid("SM"),
    accountSid,
    acceptedAt: account.now(),
    to: to ?? "",
    from: sender ?? "",
    messagingServiceSid: service,
    body: body ?? "",
    segments: countSegments(body ?? ""),
    statusCallback: form.get("StatusCallback"),
    lost: isLost(account.books, to ?? ""),
  };
  account.books.texts.put(sms);
  await account.books.commit();
  follow(account, sms);
  return c.json(renderSms(sms, account.now()), 201);
}

function isLost({ switches: { smsLost } }: Books, to: string): boolean {
  return smsLost !== null && (smsLost.to === null || smsLost.to === to);
}

/** Tells what becomes of a message, where that was asked for and can be signed. */
function follow({ token, feedback }: TwilioAccount, sms: Sms): void {
  if (token === undefined) return;
  tellStatus(feedback, sms, { token, status: "sent", afterMs: 0 });
  const status = sms.lost ? "undelivered" : "delivered";
  tellStatus(feedback, sms, { token, status, afterMs: DELIVERED_AFTER_MS });
}

/** Basic auth with the account's own sid; the token is compared where the sandbox knows one. */
function checkAccount(
  c: Context<HttpEnv>,
  { token }: TwilioAccount,
  accountSid: string,
): Refusal | undefined {
  const [, encoded = ""] = (c.req.header("authorization") ?? "").split(" ");
  const [user, password] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  const known = token === undefined ? Boolean(password) : password === token;
  if (/^AC./.test(accountSid) && user === accountSid && known) return undefined;
  return { status: 401, code: 20003, message: "Authenticate" };
}

function check(to: string, from: string, body: string): Refusal | undefined {
  const refused = (code: number, message: string): Refusal => ({ status: 400, code, message });
  if (to === "") return refused(21604, "A 'To' phone number is required.");
  if (from === "") return refused(21603, "A 'From' phone number is required.");
  if (body === "") return refused(21602, "A message body is required.");
  if (body.length > MAX_BODY_LENGTH) {
    return refused(21617, `The message body is over ${MAX_BODY_LENGTH} characters.`);
  }
  if (!PHONE.test(to)) return refused(21211, `The 'To' number ${to} is not a valid phone number.`);
  // A sender may also be a name of letters or a short code.
  if (!PHONE.test(from) && !/^[A-Za-z0-9 ]{3,11}$/.test(from)) {
    return refused(21212, `The 'From' number ${from} is not valid.`);
  }
  return refusedNumbers[to];
}

function unknown(c: Context<HttpEnv>): Refusal {
  const message = `The requested resource ${c.req.path} was not found`;
  return { status: 404, code: 20404, message };
}

function refuse(c: Context<HttpEnv>, { status, code, message }: Refusal): Response {
  const more_info = `https://www.twilio.com/docs/errors/${code}`;
  return c.json({ code, message, more_info, status }, status);
}
