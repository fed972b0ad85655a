import sendgrid from "@sendgrid/mail";
import { describe, expect, test } from "vitest";
import type { Mail } from "../../sandbox/sendgrid/mail.ts";
import { startStandIns } from "./stand-ins.ts";

const mail = {
  to: "ada@example.com",
  from: { email: "orders@shop.example", name: "The Shop" },
  subject: "Your order is paid",
  text: "Thank you.",
  html: "<p>Thank you.</p>",
  customArgs: { order_id: "o1", notification_id: "n1" },
  headers: { "Message-ID": "<n1@shop.example>" },
};

/** The SDK's types know neither its class nor the HTTP client that a service keeps. */
type Service = typeof sendgrid & { client: Parameters<(typeof sendgrid)["setClient"]>[0] };
const { MailService } = sendgrid as unknown as { MailService: new () => Service };

async function startMail(key = "SG.of-the-tests") {
  const standIns = await startStandIns();
  const service = new MailService();
  service.setApiKey(key);
  service.client.setDefaultRequest("baseUrl", `${standIns.url}/`);
  const refusal = async (sent: Promise<unknown>) => {
    const error = await sent.then(
      () => undefined,
      (error: { code: number; response: { body: { errors: { field: string }[] } } }) => error,
    );
    return { status: error?.code, fields: error?.response.body.errors.map(({ field }) => field) };
  };
  return { ...standIns, service, refusal };
}

describe("SendGrid's stand-in", () => {
  test("takes a mail with 202 and keeps it with its custom arguments", async () => {
    const { service, read } = await startMail();
    const [response] = await service.send(mail);
    expect(response.statusCode).toBe(202);
    const kept = await read<Mail[]>("/mail");
    expect(kept).toMatchObject([
      {
        id: response.headers["x-message-id"],
        to: [{ email: "ada@example.com" }],
        subject: "Your order is paid",
        text: "Thank you.",
        html: "<p>Thank you.</p>",
        headers: { "Message-ID": "<n1@shop.example>" },
        orderId: "o1",
        notificationId: "n1",
      },
    ]);
    expect(await read("/mail?to=ADA@example.com&orderId=o1")).toHaveLength(1);
    expect(await read("/mail?orderId=o2")).toEqual([]);
  });

  test.each([
    ["an address that is none", { to: "nobody" }, "personalizations.0.to.0.email"],
    ["a bad sender", { from: "nobody" }, "from.email"],
    ["no subject", { subject: "" }, "subject"],
    ["an empty text", { content: [{ type: "text/plain", value: "" }] }, "content.0.value"],
    ["one address twice", { cc: "ADA@example.com" }, "personalizations.0"],
    ["a reserved header", { headers: { Subject: "x" } }, "headers"],
  ])("refuses %s with 400 and names the field", async (_name, change, field) => {
    const { service, refusal, read } = await startMail();
    const { status, fields } = await refusal(service.send({ ...mail, ...change }));
    expect(status).toBe(400);
    expect(fields?.[0]).toContain(field);
    expect(await read("/mail")).toEqual([]);
  });

  test("refuses a body without recipients, sender or content", async () => {
    const { url } = await startStandIns();
    const response = await fetch(`${url}/v3/mail/send`, {
      method: "POST",
      headers: { authorization: "Bearer SG.x", "content-type": "application/json" },
      body: "{}",
    });
    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as { errors: { field: string }[] };
    expect(errors.map(({ field }) => field)).toEqual(["personalizations", "from", "content"]);
  });

  test("refuses a wrong key with 401", async () => {
    const { service, refusal } = await startMail("SG.");
    expect((await refusal(service.send(mail))).status).toBe(401);
  });

  test("answers 429 when it is told to, and takes the mail the next time", async () => {
    const { service, refusal, tell, read } = await startMail();
    await tell("/faults", { service: "sendgrid", kind: "status", status: 429, times: 1 });
    expect((await refusal(service.send(mail))).status).toBe(429);
    expect(await read("/mail")).toEqual([]);
    expect((await service.send(mail))[0].statusCode).toBe(202);
  });
});
