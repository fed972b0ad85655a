import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { beforeEach, describe, expect, test } from "vitest";
import { useApi } from "../support/api.ts";
import { signedStatus } from "../support/message-webhooks.ts";
import { deliveryOf, messageSent, permutations } from "../support/sent-messages.ts";

const api = useApi();
let messageId: string;

const reports = () => api.db.selectFrom("delivery_reports").selectAll().execute();

describe("what Twilio tells", () => {
  const path = () => `/v1/webhooks/twilio?message=${messageId}`;
  const status = (MessageStatus: string, more = {}) => ({
    ...{ MessageSid: "SM1", SmsSid: "SM1", To: "+447700900123", MessageStatus, ...more },
  });
  const say = (form: Record<string, string>) =>
    api.ask(path(), { method: "POST", ...signedStatus(path(), form) });

  beforeEach(async () => {
    messageId = await messageSent(api, "sms", "sent");
    await sql`DELETE FROM delivery_reports`.execute(api.db);
  });

  test("ends the same in whatever order it comes", async () => {
    for (const order of permutations(["queued", "sent", "undelivered"])) {
      for (const each of order) expect((await say(status(each))).status).toBe(200);
      expect(await deliveryOf(api, messageId)).toMatchObject({ delivery: "undelivered" });
      await sql`DELETE FROM delivery_reports`.execute(api.db);
      await sql`UPDATE notifications SET delivery = NULL, delivery_at = NULL,
        delivery_told_at = NULL`.execute(api.db);
    }
  });

  test("says why one did not arrive by Twilio's number, never by the customer's", async () => {
    await say(status("undelivered", { ErrorCode: "30005" }));
    expect(await deliveryOf(api, messageId)).toMatchObject({ why: "Twilio's error 30005" });
    expect(JSON.stringify(await reports())).not.toContain("447700900123");
  });

  test("settles one whose outcome nobody knew", async () => {
    messageId = await messageSent(api, "sms", "sending");
    await say(status("delivered"));
    const settled = { status: "sent", delivery: "delivered", why: null, number: "SM1" };
    expect(await deliveryOf(api, messageId)).toEqual(settled);
  });

  test("is refused where the signature does not fit its address and its form", async () => {
    const genuine = signedStatus(path(), status("delivered"));
    const other = `/v1/webhooks/twilio?message=${randomUUID()}`;
    const forged = [
      api.ask(other, { method: "POST", ...genuine }),
      api.ask(path(), { method: "POST", ...genuine, body: `${genuine.body}&ErrorCode=1` }),
      api.ask(path(), { method: "POST", body: genuine.body }),
    ];
    for (const answer of await Promise.all(forged)) {
      expect([answer.status, answer.body.type]).toEqual([400, "/problems/webhook_not_genuine"]);
    }
    expect(await deliveryOf(api, messageId)).toMatchObject({ delivery: null });
  });
});
