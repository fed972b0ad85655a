import { createHmac, generateKeyPairSync, sign } from "node:crypto";

/** SendGrid's pair of keys, as a test signs with it. */
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

export const mailEvents = {
  key: publicKey.export({ format: "der", type: "spki" }).toString("base64"),
  /** A body with the headers that SendGrid sends with it. */
  signed(events: unknown, at = Date.now()): { body: string; headers: Record<string, string> } {
    const body = typeof events === "string" ? events : JSON.stringify(events);
    const timestamp = String(Math.floor(at / 1_000));
    const signature = sign("sha256", Buffer.from(timestamp + body), privateKey);
    return {
      body,
      headers: {
        "content-type": "application/json",
        "x-twilio-email-event-webhook-signature": signature.toString("base64"),
        "x-twilio-email-event-webhook-timestamp": timestamp,
      },
    };
  },
};

export const smsStatus = { authToken: "token-of-the-tests", publicUrl: "https://orders.example" };

/** A form with the header that Twilio sends with it: an HMAC of the address and the form. */
export function signedStatus(path: string, form: Record<string, string>) {
  const sorted = Object.keys(form).toSorted();
  const text = smsStatus.publicUrl + path + sorted.map((name) => name + form[name]).join("");
  const signature = createHmac("sha1", smsStatus.authToken).update(text).digest("base64");
  return {
    body: new URLSearchParams(form).toString(),
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-twilio-signature": signature,
    },
  };
}
