import type { RequestClient, Twilio } from "twilio";
import { OutcomeUnknown, Refused, Unavailable } from "../errors.ts";
import { answeredNo, noAnswer } from "../notifications/carrier-failures.ts";
import type { Texter } from "../notifications/carriers.ts";
import { graceMs, promptAgents, within } from "../prompt-agents.ts";
import { statusCallback } from "./status-callback.ts";

export type TwilioSettings = {
  accountSid: string;
  authToken: string;
  /** A number in E.164, a name, or the sid of a messaging service (MG...). */
  from: string;
  /** Where a stand-in listens; Twilio itself when left out. */
  url?: string | undefined;
  timeoutMs: number;
  /** Where Twilio reaches us from outside; without it nobody hears what became of a message. */
  publicUrl?: string | undefined;
};

/**
 * Texts through Twilio. The SDK costs a sixth of a second and some 30 MB, and many shops send no
 * SMS at all, so it is loaded when the first one leaves.
 */
export function createTwilioTexter(settings: TwilioSettings): Texter {
  let client: Promise<Twilio> | undefined;
  const sender = settings.from.startsWith("MG")
    ? { messagingServiceSid: settings.from }
    : { from: settings.from };
  return {
    async send({ to, text, notificationId }) {
      client ??= twilioClient(settings);
      const { messages } = await client;
      const followed = settings.publicUrl
        ? { statusCallback: statusCallback(settings.publicUrl, notificationId) }
        : {};
      const sent = messages.create({ to, body: text, ...sender, ...followed });
      const { sid } = await within(settings.timeoutMs + graceMs, sent).catch((error: unknown) => {
        throw failure(error);
      });
      if (typeof sid === "string" && sid !== "") return { providerId: sid };
      throw new OutcomeUnknown(
        "twilio_no_answer",
        "Twilio answered without a message sid. Check the URL of Twilio.",
      );
    },
  };
}

type RequestOptions<Body> = Parameters<RequestClient["request"]>[0] & { data?: Body };

async function twilioClient(settings: TwilioSettings): Promise<Twilio> {
  const { default: twilio } = await import("twilio");
  const { accountSid, authToken, timeoutMs, url } = settings;

  /** Sends to a stand-in if one is named, and reads what the SDK's errors leave out. */
  class Wire extends twilio.RequestClient {
    override async request<Body>(options: RequestOptions<Body>) {
      const uri = url === undefined ? options.uri : onStandIn(options.uri, url);
      const answer = await super.request<Body>({ ...options, uri });
      if (answer.statusCode < 300) return answer;
      throw refusal(answer.statusCode, answer.body, answer.headers);
    }
  }

  const wire = new Wire({ timeout: timeoutMs });
  const agents = promptAgents(timeoutMs / 2);
  wire.axios.defaults.httpAgent = agents.http;
  wire.axios.defaults.httpsAgent = agents.https;
  return twilio(accountSid, authToken, { httpClient: wire });
}

function onStandIn(uri: string, url: string): string {
  const { pathname, search } = new URL(uri);
  return new URL(pathname + search, url).href;
}

/**
 * Codes from 21000 to 21999 are about one message; some of them about its sender, which is ours.
 * Twilio refines these codes from time to time, so only the sender's are told apart.
 */
const aboutSender = new Set([21212, 21603, 21606, 21659, 21660]);

function refusal(status: number, body: unknown, headers: unknown): Refused | Unavailable {
  const { code, message } = explanation(body);
  const retryAfter = (headers as Record<string, unknown> | undefined)?.["retry-after"];
  const aboutMessage = code >= 21_000 && code < 22_000 && status < 429;
  return answeredNo("twilio", {
    status: aboutMessage ? 400 : status,
    reason: `${code} ${message}`,
    fault: aboutSender.has(code) ? "sender" : "message",
    retryAfter: typeof retryAfter === "string" ? retryAfter : null,
  });
}

function explanation(body: unknown): { code: number; message: string } {
  let said = body;
  try {
    if (typeof body === "string") said = JSON.parse(body);
  } catch {
    said = null;
  }
  const { code, message } = (said ?? {}) as { code?: unknown; message?: unknown };
  return { code: Number(code ?? 0), message: typeof message === "string" ? message : "" };
}

function failure(error: unknown): Error {
  const sorted = error instanceof Refused || error instanceof Unavailable;
  return sorted ? error : noAnswer("twilio", error);
}
