import { expect, test } from "vitest";
import { OutcomeUnknown, Refused, Unavailable } from "../../src/errors.ts";
import { createTwilioTexter } from "../../src/twilio/texter.ts";
import { closedUrl, rejection, tinySupplier } from "../notifications/tiny-supplier.ts";

const accountSid = `AC${"0".repeat(32)}`;
const sms = { to: "+447700900123", text: "Заказ оплачен & thanks", notificationId: "0199" };
const texterAt = (url: string, { timeoutMs = 2_000, from = "+15005550006" } = {}) =>
  createTwilioTexter({ accountSid, authToken: "token-secret", from, url, timeoutMs });

test("hands Twilio the message, with the account's credentials", async () => {
  await using supplier = await tinySupplier();
  supplier.answer(201, { sid: "SM1" });

  await expect(texterAt(supplier.url).send(sms)).resolves.toEqual({ providerId: "SM1" });

  const [asked] = supplier.asked;
  expect(asked).toMatchObject({
    method: "POST",
    path: `/2010-04-01/Accounts/${accountSid}/Messages.json`,
  });
  const basic = Buffer.from(`${accountSid}:token-secret`).toString("base64");
  expect(asked?.headers["authorization"]).toBe(`Basic ${basic}`);
  expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
    To: sms.to,
    From: "+15005550006",
    Body: sms.text,
  });
});

test("sends through a messaging service when that is the sender", async () => {
  await using supplier = await tinySupplier();
  supplier.answer(201, { sid: "SM1" });
  const from = `MG${"1".repeat(32)}`;
  await texterAt(supplier.url, { from }).send(sms);
  const sent = new URLSearchParams(supplier.asked[0]?.body);
  expect(sent.get("MessagingServiceSid")).toBe(from);
  expect(sent.has("From")).toBe(false);
});

test("asks once, however it fails: retries belong to the queue", async () => {
  await using supplier = await tinySupplier();
  supplier.answer(429, {});
  await rejection(texterAt(supplier.url).send(sms));
  expect(supplier.asked).toHaveLength(1);
});

test.for([
  { status: 400, code: 21211, kind: Refused, sorted: "refused" },
  { status: 400, code: 21610, kind: Refused, sorted: "refused" },
  { status: 403, code: 21408, kind: Refused, sorted: "refused" },
  { status: 400, code: 21212, kind: Unavailable, sorted: "sender_refused" },
  { status: 400, code: 21606, kind: Unavailable, sorted: "sender_refused" },
  { status: 401, code: 20003, kind: Unavailable, sorted: "key_refused" },
  { status: 404, code: 20404, kind: Unavailable, sorted: "address_wrong" },
  { status: 429, code: 20429, kind: Unavailable, sorted: "rate_limited" },
  { status: 429, code: 21611, kind: Unavailable, sorted: "rate_limited" },
  { status: 500, code: 20500, kind: Unavailable, sorted: "failing" },
  { status: 503, code: 0, kind: Unavailable, sorted: "failing" },
])("sorts $status with code $code as $sorted", async ({ status, code, kind, sorted }) => {
  await using supplier = await tinySupplier();
  supplier.answer(status, { code, message: `no for ${sms.to}`, status });

  const error = await rejection(texterAt(supplier.url).send(sms));
  expect(error).toBeInstanceOf(kind);
  expect(error).toMatchObject({ code: `twilio_${sorted}` });
  expect((error as Error).message).toContain(String(code));
  expect(JSON.stringify([error, String(error)])).not.toMatch(/7700900123|token-secret/);
});

test("passes on how long Twilio asks us to wait, as seconds or as a date", async () => {
  await using supplier = await tinySupplier();
  supplier.answer(429, { code: 20429 }, { "retry-after": "7" });
  expect(await rejection(texterAt(supplier.url).send(sms))).toMatchObject({ retryAfterSeconds: 7 });

  const inHalfAMinute = new Date(Date.now() + 30_000).toUTCString();
  supplier.answer(503, "busy", { "retry-after": inHalfAMinute });
  const error = await rejection(texterAt(supplier.url).send(sms));
  expect((error as Unavailable).retryAfterSeconds).toBeGreaterThanOrEqual(28);
  expect((error as Unavailable).retryAfterSeconds).toBeLessThanOrEqual(31);
});

test("follows no redirect with the key and the message", async () => {
  await using supplier = await tinySupplier();
  supplier.answer(307, "", { location: `${supplier.url}/elsewhere` });
  const error = await rejection(texterAt(supplier.url).send(sms));
  expect(error).toBeInstanceOf(Unavailable);
  expect(supplier.asked).toHaveLength(1);
});

test("does not know the outcome when no answer comes in time", async () => {
  await using supplier = await tinySupplier();
  supplier.neverAnswer();
  const error = await rejection(texterAt(supplier.url, { timeoutMs: 100 }).send(sms));
  expect(error).toBeInstanceOf(OutcomeUnknown);
  expect(supplier.asked).toHaveLength(1);
});

test("does not know the outcome when the connection is dropped after it was written", async () => {
  await using supplier = await tinySupplier();
  supplier.hangUp();
  const error = await rejection(texterAt(supplier.url).send(sms));
  expect(error).toBeInstanceOf(OutcomeUnknown);
  expect(error).toMatchObject({ code: "twilio_no_answer" });
});

test("ends the wait for an answer that trickles in for ever", async () => {
  await using supplier = await tinySupplier();
  supplier.trickle(201);
  const error = await rejection(texterAt(supplier.url, { timeoutMs: 200 }).send(sms));
  expect(error).toBeInstanceOf(OutcomeUnknown);
});

test.for(["<h1>Welcome to another server</h1>", {}])(
  "does not take an answer without a sid for Twilio's: %j",
  async (body) => {
    await using supplier = await tinySupplier();
    supplier.answer(200, body);
    expect(await rejection(texterAt(supplier.url).send(sms))).toBeInstanceOf(OutcomeUnknown);
  },
);

test("knows that nothing was sent when nobody listens", async () => {
  const error = await rejection(texterAt(await closedUrl()).send(sms));
  expect(error).toBeInstanceOf(Unavailable);
  expect(error).toMatchObject({ code: "twilio_unreachable" });
});
