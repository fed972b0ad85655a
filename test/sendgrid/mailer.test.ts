import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { OutcomeUnknown, Refused, Unavailable } from "../../src/errors.ts";
import { createSendGridMailer } from "../../src/sendgrid/mailer.ts";
import { closedUrl, rejection, tinySupplier } from "../notifications/tiny-supplier.ts";

const mail = {
  to: "anna@customers.example",
  toName: "Anna\r\nBcc: thief@bad.example",
  subject: "Order 4Q7K is paid\r\nBcc: thief@bad.example",
  html: "<p>Thank you</p>",
  text: "Thank you",
  notificationId: "0199-notification",
  orderId: "0199-order",
  template: "order_paid",
};
const from = "Aurora Home <orders@shop.example>";
const mailerAt = (url: string, timeoutMs = 2_000) =>
  createSendGridMailer({ apiKey: "SG.secret", url, from, timeoutMs });

test("hands SendGrid the mail with the ids by which it is found again", async () => {
  await using supplier = await tinySupplier();
  supplier.answer(202, "", { "x-message-id": "sg-1" });

  await expect(mailerAt(supplier.url).send(mail)).resolves.toEqual({ providerId: "sg-1" });

  const [asked] = supplier.asked;
  expect(asked).toMatchObject({ method: "POST", path: "/v3/mail/send" });
  expect(asked?.headers["authorization"]).toBe("Bearer SG.secret");
  expect(JSON.parse(asked?.body ?? "")).toMatchObject({
    from: { email: "orders@shop.example", name: "Aurora Home" },
    personalizations: [{ to: [{ email: "anna@customers.example" }] }],
    custom_args: { notification_id: "0199-notification", order_id: "0199-order" },
    categories: ["order_paid"],
    headers: { "Message-ID": "<0199-notification@shop.example>" },
    content: [
      { type: "text/plain", value: "Thank you" },
      { type: "text/html", value: "<p>Thank you</p>" },
    ],
    tracking_settings: { click_tracking: { enable: false }, open_tracking: { enable: false } },
  });
});

test.each(["/gateway", "/gateway/"])("keeps the path %s of an address", async (path) => {
  await using supplier = await tinySupplier();
  supplier.answer(202, "", { "x-message-id": "sg-1" });
  await mailerAt(`${supplier.url}${path}`).send(mail);
  expect(supplier.asked[0]?.path).toBe("/gateway/v3/mail/send");
});

test("lets no line break into a subject or a name", async () => {
  await using supplier = await tinySupplier();
  supplier.answer(202, "", { "x-message-id": "sg-1" });
  await mailerAt(supplier.url).send(mail);

  const sent = JSON.parse(supplier.asked[0]?.body ?? "");
  expect(sent.subject).toBe("Order 4Q7K is paid Bcc: thief@bad.example");
  expect(sent.personalizations[0].to[0].name).toBe("Anna Bcc: thief@bad.example");
});

test("asks once, however it fails: retries belong to the queue", async () => {
  await using supplier = await tinySupplier();
  supplier.answer(500, {});
  await rejection(mailerAt(supplier.url).send(mail));
  expect(supplier.asked).toHaveLength(1);
});

test.for([
  { status: 400, field: "personalizations.0.to.0.email", kind: Refused, code: "refused" },
  { status: 413, field: null, kind: Refused, code: "refused" },
  { status: 400, field: "from.email", kind: Unavailable, code: "sender_refused" },
  { status: 403, field: "from", kind: Unavailable, code: "sender_refused" },
  { status: 401, field: null, kind: Unavailable, code: "key_refused" },
  { status: 403, field: null, kind: Unavailable, code: "key_refused" },
  { status: 404, field: null, kind: Unavailable, code: "address_wrong" },
  { status: 302, field: null, kind: Unavailable, code: "address_wrong" },
  { status: 429, field: null, kind: Unavailable, code: "rate_limited" },
  { status: 500, field: null, kind: Unavailable, code: "failing" },
  { status: 503, field: null, kind: Unavailable, code: "failing" },
])("sorts $status about $field as $code", async ({ status, field, kind, code }) => {
  await using supplier = await tinySupplier();
  supplier.answer(status, { errors: [{ message: "no for anna@customers.example", field }] });

  const error = await rejection(mailerAt(supplier.url).send(mail));
  expect(error).toBeInstanceOf(kind);
  expect(error).toMatchObject({ code: `sendgrid_${code}` });
  expect(JSON.stringify([error, String(error)])).not.toMatch(/anna|SG\.secret/);
});

test("passes on how long SendGrid asks us to wait", async () => {
  await using supplier = await tinySupplier();
  supplier.answer(429, {}, { "retry-after": "7" });
  const error = await rejection(mailerAt(supplier.url).send(mail));
  expect(error).toMatchObject({ retryAfterSeconds: 7 });

  const reset = Math.ceil(Date.now() / 1000) + 30;
  supplier.answer(429, {}, { "x-ratelimit-reset": String(reset) });
  const second = await rejection(mailerAt(supplier.url).send(mail));
  expect((second as Unavailable).retryAfterSeconds).toBeGreaterThanOrEqual(29);
  expect((second as Unavailable).retryAfterSeconds).toBeLessThanOrEqual(31);
});

test("follows no redirect with the key and the message", async () => {
  await using supplier = await tinySupplier();
  supplier.answer(307, "", { location: `${supplier.url}/elsewhere` });
  const error = await rejection(mailerAt(supplier.url).send(mail));
  expect(error).toBeInstanceOf(Unavailable);
  expect(supplier.asked).toHaveLength(1);
});

test("does not know the outcome when no answer comes in time", async () => {
  await using supplier = await tinySupplier();
  supplier.neverAnswer();
  const error = await rejection(mailerAt(supplier.url, 100).send(mail));
  expect(error).toBeInstanceOf(OutcomeUnknown);
  expect(supplier.asked).toHaveLength(1);
});

test("does not know the outcome when the connection is dropped after it was written", async () => {
  await using supplier = await tinySupplier();
  supplier.hangUp();
  const error = await rejection(mailerAt(supplier.url).send(mail));
  expect(error).toBeInstanceOf(OutcomeUnknown);
  expect(error).toMatchObject({ code: "sendgrid_no_answer" });
});

test("ends the wait for an answer that trickles in for ever", async () => {
  await using supplier = await tinySupplier();
  supplier.trickle(202, { "x-message-id": "sg-1" });
  const started = performance.now();
  const error = await rejection(mailerAt(supplier.url, 200).send(mail));
  expect(error).toBeInstanceOf(OutcomeUnknown);
  expect(performance.now() - started).toBeLessThan(3_000);
});

test("does not take an answer without a message id for SendGrid's", async () => {
  await using supplier = await tinySupplier();
  supplier.answer(200, "<h1>Welcome to another server</h1>");
  expect(await rejection(mailerAt(supplier.url).send(mail))).toBeInstanceOf(OutcomeUnknown);
});

test("knows that nothing was sent when nobody listens", async () => {
  const error = await rejection(mailerAt(await closedUrl()).send(mail));
  expect(error).toBeInstanceOf(Unavailable);
  expect(error).toMatchObject({ code: "sendgrid_unreachable" });
});

test("knows that nothing was sent when TLS never stood", async () => {
  await using supplier = await tinySupplier();
  const error = await rejection(mailerAt(supplier.url.replace("http:", "https:")).send(mail));
  expect(error).toMatchObject({ code: "sendgrid_unreachable" });
  expect(supplier.asked).toHaveLength(0);
});

test("knows that nothing was sent when the connection never stands", async () => {
  // It accepts and says nothing, so TLS waits: to us the same as a network that swallows packets.
  await using silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  silent.on("connection", (socket) => socket.resume());
  const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;

  const error = await rejection(mailerAt(url, 200).send(mail));
  expect(error).toMatchObject({ name: "Unavailable", code: "sendgrid_unreachable" });
});
