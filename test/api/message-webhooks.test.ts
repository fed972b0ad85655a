import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { beforeEach, describe, expect, test } from "vitest";
import { useApi } from "../support/api.ts";
import { mailEvents } from "../support/message-webhooks.ts";
import { deliveryOf, messageSent, permutations } from "../support/sent-messages.ts";

const api = useApi();
let messageId: string;

const reports = () => api.db.selectFrom("delivery_reports").selectAll().execute();

const seconds = () => Math.floor(Date.now() / 1_000);
const event = (kind: string, more: object = {}) => ({
  ...{ event: kind, email: "buyer@shop.example", timestamp: seconds(), sg_event_id: randomUUID() },
  ...{ sg_message_id: "mail-number.filter01", notification_id: messageId, ...more },
});
const tell = (events: unknown, at?: number) =>
  api.ask("/v1/webhooks/sendgrid", mailEvents.signed(events, at));

describe("what SendGrid tells", () => {
  beforeEach(async () => {
    messageId = await messageSent(api, "email", "sent");
  });

  const orders = permutations([
    event("processed"),
    event("deferred", { response: "450 try later" }),
    event("delivered"),
    event("bounce", { reason: "550 no such mailbox <buyer@shop.example>" }),
  ]);

  test("ends the same in whatever order it comes", async () => {
    expect(orders).toHaveLength(24);
    for (const order of orders) {
      for (const each of order) {
        const own = { ...each, sg_event_id: randomUUID(), notification_id: messageId };
        expect((await tell([own])).status).toBe(200);
      }
      expect(await deliveryOf(api, messageId)).toMatchObject({
        ...{ status: "sent", delivery: "bounced", why: "550 no such mailbox <(address)>" },
      });
      await sql`UPDATE notifications SET delivery = NULL, delivery_at = NULL,
        delivery_told_at = NULL`.execute(api.db);
    }
  });

  test.each([
    ["processed", "accepted"],
    ["deferred", "deferred"],
    ["delivered", "delivered"],
    ["bounce", "bounced"],
    ["dropped", "dropped"],
    ["spamreport", "reported_as_spam"],
  ])("by %s makes it %s, and a late `processed` undoes nothing", async (kind, delivery) => {
    await tell([event(kind)]);
    await tell([event("processed")]);
    expect(await deliveryOf(api, messageId)).toMatchObject({ delivery });
  });

  test("counts once, however often it comes, alone or at the same time", async () => {
    const before = (await reports()).length;
    const once = event("delivered");
    const both = [once, event("processed"), once];
    const answers = await Promise.all(Array.from({ length: 20 }, () => tell(both)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await reports()).toHaveLength(before + 2);
    expect(await deliveryOf(api, messageId)).toMatchObject({ delivery: "delivered" });
  });

  test("is left out where it is not about a message of ours, or not about arriving", async () => {
    const before = (await reports()).length;
    const strange = { notification_id: "not ours", sg_event_id: 7 };
    const others = [event("open"), event("delivered", { notification_id: randomUUID() })];
    const senseless = [null, 7, "x", {}, event("delivered", strange), event("toString")];
    expect((await tell([...others, ...senseless])).status).toBe(200);
    expect(await reports()).toHaveLength(before);
    expect(await deliveryOf(api, messageId)).toMatchObject({ delivery: null });
  });

  test.each(["sending", "failed", "pending"] as const)(
    "settles one whose outcome nobody knew (%s): it is not sent again",
    async (status) => {
      messageId = await messageSent(api, "email", status);
      await tell([event("processed")]);
      expect(await deliveryOf(api, messageId)).toEqual({
        ...{ status: "sent", delivery: "accepted", why: null, number: "mail-number" },
      });
      const { due_at } = await api.db
        .selectFrom("notifications")
        .select("due_at")
        .where("id", "=", messageId)
        .executeTakeFirstOrThrow();
      expect(due_at).toBeNull();
    },
  );
});

describe("SendGrid's signature", () => {
  test("must fit every byte", async () => {
    const genuine = mailEvents.signed([event("delivered")]);
    for (const [name, value] of Object.entries({
      body: `${genuine.body} `,
      "x-twilio-email-event-webhook-signature": "bm90IGEgc2lnbmF0dXJl",
      "x-twilio-email-event-webhook-timestamp": String(seconds() - 1),
    })) {
      const { body, headers } = genuine;
      const forged =
        name === "body"
          ? { body: value, headers }
          : { body, headers: { ...headers, [name]: value } };
      const answer = await api.ask("/v1/webhooks/sendgrid", forged);
      expect([answer.status, answer.body.type]).toEqual([400, "/problems/webhook_not_genuine"]);
    }
    const bare = await api.ask("/v1/webhooks/sendgrid", { body: "[]", headers: {} });
    expect(bare.body.type).toBe("/problems/webhook_not_genuine");
  });

  test("of more than a day ago, or of a time to come, is refused", async () => {
    const day = 24 * 3_600_000;
    const old = await tell([], Date.now() - day - 60_000);
    expect(old.body.type).toBe("/problems/webhook_too_old");
    expect((await tell([], Date.now() + 600_000)).body.type).toBe(
      "/problems/webhook_from_the_future",
    );
    // SendGrid posts for a day what nobody took.
    expect((await tell([], Date.now() - day + 60_000)).status).toBe(200);
  });

  test.each(["{}", "no json", '"text"'])(
    "under %s is refused: there are no events",
    async (body) => {
      expect((await tell(body)).body.type).toBe("/problems/malformed_json");
    },
  );
});
