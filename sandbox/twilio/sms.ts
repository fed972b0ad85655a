/** A text message as it was accepted. */
export type Sms = {
  id: string;
  accountSid: string;
  acceptedAt: number;
  to: string;
  from: string;
  messagingServiceSid: string | null;
  body: string;
  segments: number;
  statusCallback: string | null;
  /** It does not arrive. Older books do not say. */
  lost?: boolean;
};

/** How long the stand-in's network takes; then every message has arrived. */
export const DELIVERED_AFTER_MS = 300;

/** The letters of the GSM alphabet; the second line costs two places each. */
const GSM =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ" +
  "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const GSM_EXTENDED = "^{}\\[~]|€";

export function statusOf(sms: Sms, now: number): "queued" | "delivered" | "undelivered" {
  if (now - sms.acceptedAt < DELIVERED_AFTER_MS) return "queued";
  return sms.lost ? "undelivered" : "delivered";
}

/** How many messages a text is billed as: longer texts are cut, and each part carries a header. */
export function countSegments(body: string): number {
  const letters = [...body];
  const isGsm = letters.every((letter) => (GSM + GSM_EXTENDED).includes(letter));
  const length = isGsm
    ? letters.reduce((sum, letter) => sum + (GSM_EXTENDED.includes(letter) ? 2 : 1), 0)
    : body.length;
  const [single, part] = isGsm ? [160, 153] : [70, 67];
  return length <= single ? 1 : Math.ceil(length / part);
}

/** The message resource as Twilio shows it. */
export function renderSms(sms: Sms, now: number) {
  const status = statusOf(sms, now);
  const uri = `/2010-04-01/Accounts/${sms.accountSid}/Messages/${sms.id}`;
  const at = twilioDate(sms.acceptedAt);
  return {
    account_sid: sms.accountSid,
    api_version: "2010-04-01",
    body: sms.body,
    date_created: at,
    date_sent: status === "delivered" ? twilioDate(sms.acceptedAt + DELIVERED_AFTER_MS) : null,
    date_updated: at,
    direction: "outbound-api",
    error_code: status === "undelivered" ? 30005 : null,
    error_message: null,
    from: sms.from,
    messaging_service_sid: sms.messagingServiceSid,
    num_media: "0",
    num_segments: String(sms.segments),
    price: null,
    price_unit: "USD",
    sid: sms.id,
    status,
    subresource_uris: { media: `${uri}/Media.json` },
    to: sms.to,
    uri: `${uri}.json`,
  };
}

/** Twilio writes dates as mail does: Mon, 23 Nov 2026 10:00:00 +0000. */
function twilioDate(at: number): string {
  return new Date(at).toUTCString().replace("GMT", "+0000");
}
