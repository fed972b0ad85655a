import { expect, test } from "vitest";
import { ordersAt } from "../../orders/operators/orders-in.ts";
import { outcomeOf, useActDesk } from "./desk.ts";

const { desk, act } = useActDesk();
const { orderAt } = ordersAt(desk);

/** What is said of sending a message again, in a dry run and then in earnest. */
async function resend(orderId: string, input: object): Promise<string[]> {
  const dry = await outcomeOf(act("resend", { orderId }, { input, dryRun: true }));
  return [dry, await outcomeOf(act("resend", { orderId }, { input }))];
}

const messageOf = (orderId: string, channel: "email" | "sms") =>
  desk.db
    .selectFrom("notifications")
    .select("id")
    .where("order_id", "=", orderId)
    .where("channel", "=", channel)
    .where("resend_of", "is", null)
    .executeTakeFirstOrThrow();

test("a message goes again once it came to an end, as a row that points to it", async () => {
  const { orderId } = await orderAt("paid");
  const { id: messageId } = await messageOf(orderId, "email");
  expect(await resend(orderId, { messageId })).toEqual([
    "message_on_its_way",
    "message_on_its_way",
  ]);
  await desk.db
    .updateTable("notifications")
    .set({ status: "sent", due_at: null, sent_at: new Date() })
    .where("order_id", "=", orderId)
    .execute();
  expect(await resend(orderId, { messageId })).toEqual(["done", "done"]);
  expect(await resend(orderId, { messageId })).toEqual([
    "message_on_its_way",
    "message_on_its_way",
  ]);
  expect(await resend(orderId, { messageId, channel: "sms" })).toEqual(["done", "done"]);
  const rows = await desk.db
    .selectFrom("notifications")
    .select(["channel", "status"])
    .where("resend_of", "=", messageId)
    .orderBy("channel")
    .execute();
  expect(rows).toEqual([
    { channel: "email", status: "pending" },
    { channel: "sms", status: "pending" },
  ]);
});

test("nobody is written to who was erased, or by a way that the message does not go", async () => {
  const { orderId } = await orderAt("expired");
  const { id: messageId } = await messageOf(orderId, "email");
  const bySms = { messageId, channel: "sms" };
  expect(await resend(orderId, bySms)).toEqual(["channel_not_offered", "channel_not_offered"]);
  await desk.db.deleteFrom("order_contacts").where("order_id", "=", orderId).execute();
  expect(await resend(orderId, { messageId })).toEqual(["contact_erased", "contact_erased"]);
});
