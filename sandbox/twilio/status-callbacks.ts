import { createHmac } from "node:crypto";
import type { Feedback } from "../feedback.ts";
import type { Sms } from "./sms.ts";

/** Twilio's word of a message, at the address that was given with it. */
export function tellStatus(
  feedback: Feedback,
  sms: Sms,
  told: { token: string; status: "sent" | "delivered" | "undelivered"; afterMs: number },
): void {
  const { statusCallback: url } = sms;
  if (url === null) return;
  const form: Record<string, string> = {
    ...{ AccountSid: sms.accountSid, ApiVersion: "2010-04-01", From: sms.from, To: sms.to },
    ...{ MessageSid: sms.id, SmsSid: sms.id, MessageStatus: told.status, SmsStatus: told.status },
    // 30005: the number is not known, or its telephone is no longer in use.
    ...(told.status === "undelivered" ? { ErrorCode: "30005" } : {}),
  };
  feedback.tell(() => {
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      "x-twilio-signature": signatureOf(url, form, told.token),
    };
    return { url, body: new URLSearchParams(form).toString(), headers };
  }, told.afterMs);
}

/** The address, then every field of the form by its name, under the account's token. */
function signatureOf(url: string, form: Record<string, string>, token: string): string {
  const fields = Object.keys(form).toSorted();
  const text = url + fields.map((name) => name + form[name]).join("");
  return createHmac("sha1", token).update(text).digest("base64");
}
