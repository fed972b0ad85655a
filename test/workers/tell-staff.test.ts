import { sql } from "kysely";
import { expect, test } from "vitest";
import { keepStaffRules } from "../../src/notifications/staff/keep-rules.ts";
import { hintAt, messageOf, postOffice, rejection, until, untilSent } from "./post-office.ts";
import { useQueues } from "./queue-desk.ts";

const desk = useQueues({ QUICK_RETRY_SECONDS: 0.02, BACKOFF_SECONDS: "600" });
const boss = "boss@shop.example";
const rules = {
  rules: [{ event: "stock_refused" as const, to: [boss] }],
  onCall: null,
};

/** What staff is written of a rejected order. */
async function noticeOf(sku: string) {
  await keepStaffRules(desk.db, rules);
  const { orderId } = await rejection(desk, sku);
  const { id } = await desk.db
    .selectFrom("notifications")
    .select("id")
    .where("order_id", "=", orderId)
    .where("recipient", "<>", "customer")
    .executeTakeFirstOrThrow();
  return { orderId, id };
}

test("a notice tells of the order, leads to it, and says nothing of its customer", async () => {
  const office = await postOffice(desk, rules);
  const { orderId, id } = await noticeOf("staff-1");
  hintAt(desk, id, [0, 1, 2]);
  await untilSent(desk, id);
  const [mail, ...others] = await office.mailsTo(boss);
  expect(others).toEqual([]);
  const { number } = await desk.db
    .selectFrom("orders")
    .select("number")
    .where("id", "=", orderId)
    .executeTakeFirstOrThrow();
  expect(mail?.subject).toBe(`Rejected: out of stock: order ${number}, £5.00`);
  for (const body of [mail?.html, mail?.text]) {
    expect(body).toContain(`https://orders.example/ops/orders/${orderId}`);
    expect(body).toContain(number);
    expect(body).not.toMatch(/buyer|7700900123|shop\.example/i);
  }
});

test("whom the rules name no more is not written to, once a release is surely over", async () => {
  const office = await postOffice(desk);
  const { id } = await noticeOf("staff-2");
  hintAt(desk, id);
  // Another process may know them: it is kept for that one.
  await until(desk, id, "the message to wait", ({ reason }) => reason !== null);
  expect(await messageOf(desk, id)).toMatchObject({ status: "pending", round: 0 });
  await sql`UPDATE notifications SET created_at = created_at - interval '11 minutes'
    WHERE id = ${id}`.execute(desk.db);
  hintAt(desk, id, [1]);
  await until(desk, id, "the message to be dropped", ({ status }) => status === "dropped");
  expect(await messageOf(desk, id)).toMatchObject({ reason: "no longer in STAFF_RULES" });
  expect(await office.asked()).toBe(0);
});
