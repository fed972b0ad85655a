import { createHmac, generateKeyPairSync, verify } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import { startStandIns } from "./stand-ins.ts";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const key = privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");

type Call = { path: string; body: string; headers: Record<string, unknown> };

/** Takes what suppliers tell; the first calls are refused with these statuses. */
async function startListener(statuses: number[] = []) {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      calls.push({ path: request.url ?? "", body, headers: request.headers });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

async function sendMail(url: string, to: string): Promise<void> {
  const answer = await fetch(`${url}/v3/mail/send`, {
    method: "POST",
    headers: { authorization: "Bearer SG.test", "content-type": "application/json" },
    body: JSON.stringify({
      personalizations: [{ to: [{ email: to }] }],
      ...{ from: { email: "shop@shop.example" }, subject: "Paid" },
      content: [{ type: "text/plain", value: "Thank you." }],
      custom_args: { notification_id: "n1" },
    }),
  });
  expect(answer.status).toBe(202);
}

async function sendSms(url: string, statusCallback: string): Promise<void> {
  const answer = await fetch(`${url}/2010-04-01/Accounts/AC1/Messages.json`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from("AC1:token").toString("base64")}` },
    body: new URLSearchParams({
      ...{ To: "+447700900123", From: "+15005550006", Body: "Paid" },
      StatusCallback: statusCallback,
    }),
  });
  expect(answer.status).toBe(201);
}

const eventsIn = (calls: readonly Call[]) =>
  calls.flatMap(({ body }) => JSON.parse(body) as { event: string; email: string }[]);

test("SendGrid's stand-in tells, signed, what becomes of each mail until it is heard", async () => {
  const { url: told, calls } = await startListener([503]);
  const { url, tell } = await startStandIns({ mailEvents: { url: `${told}/events`, key } });
  await sendMail(url, "ada@shop.example");
  await waitFor("the second try", () => calls.length === 2 || null);
  for (const { body, headers } of calls) {
    const timestamp = String(headers["x-twilio-email-event-webhook-timestamp"]);
    const signature = String(headers["x-twilio-email-event-webhook-signature"]);
    const signed = Buffer.from(timestamp + body);
    expect(verify("sha256", signed, publicKey, Buffer.from(signature, "base64"))).toBe(true);
  }
  expect(eventsIn(calls.slice(1))).toMatchObject([
    { event: "processed", notification_id: "n1" },
    { event: "delivered", notification_id: "n1" },
  ]);

  await tell("/sendgrid/fate", { fate: "bounce", to: "gone@shop.example" });
  await sendMail(url, "gone@shop.example");
  await sendMail(url, "ada@shop.example");
  const later = () => eventsIn(calls.slice(2));
  await waitFor("four more events", () => later().length === 4 || null);
  expect(later().map(({ event, email }) => `${event} ${email}`)).toEqual([
    ...["processed gone@shop.example", "bounce gone@shop.example"],
    ...["processed ada@shop.example", "delivered ada@shop.example"],
  ]);
});

test("Twilio's stand-in tells at the address that it was given, signed by its token", async () => {
  const { url: told, calls } = await startListener();
  const { url, tell } = await startStandIns({ twilioToken: "token" });
  const callback = `${told}/status?message=m1`;
  await sendSms(url, callback);
  await waitFor("its delivery", () => calls.length === 2 || null);
  await tell("/twilio/lost", { on: true });
  await sendSms(url, callback);
  await waitFor("its loss", () => calls.length === 4 || null);
  const forms = calls.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  expect(forms.map((form) => form["MessageStatus"])).toEqual([
    ...["sent", "delivered", "sent", "undelivered"],
  ]);
  expect(forms[3]).toMatchObject({ ErrorCode: "30005", To: "+447700900123" });
  for (const [index, { headers, path }] of calls.entries()) {
    const form = forms[index] ?? {};
    const fields = Object.keys(form)
      .toSorted()
      .map((name) => name + form[name]);
    const text = told + path + fields.join("");
    const signature = createHmac("sha1", "token").update(text).digest("base64");
    expect(headers["x-twilio-signature"]).toBe(signature);
  }
});
