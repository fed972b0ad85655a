import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { createMailEventReader } from "../../src/sendgrid/event-webhook.ts";
import { mailEvents } from "../support/message-webhooks.ts";

const { body, headers } = mailEvents.signed([]);
const signed = {
  body: Buffer.from(body),
  signature: headers["x-twilio-email-event-webhook-signature"] ?? "",
  timestamp: headers["x-twilio-email-event-webhook-timestamp"] ?? "",
};
/** A key of somebody else. */
const other = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .publicKey.export({ format: "der", type: "spki" })
  .toString("base64");

test("whichever of two keys fits will do, while one is exchanged for the other", () => {
  expect(createMailEventReader([other, mailEvents.key])(signed)).toEqual([]);
  expect(() => createMailEventReader([other])(signed)).toThrow("does not fit");
  expect(() => createMailEventReader([])(signed)).toThrow("Set SENDGRID_WEBHOOK_KEY");
});

test.for(["", "x", "bm8=", "MAYCAQECAQE="])("%s is no signature", (signature) => {
  const read = createMailEventReader([mailEvents.key]);
  expect(() => read({ ...signed, signature })).toThrow("does not fit");
});
