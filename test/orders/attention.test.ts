import { expect, test } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import { flag } from "../../src/orders/attention.ts";
import type { Paying } from "../support/paying.ts";
import { captured } from "../support/paying.ts";
import { useRefundDesk } from "../support/refunding.ts";

const desk = useRefundDesk();

async function raise({ orderId }: Paying, ...codes: string[]): Promise<void> {
  const flags = codes.map((code) => ({ orderId, code }));
  await inTransaction(desk.db, (trx) => flag(trx, flags, "test"));
}

async function standing(paying: Paying): Promise<{ now: string | null; told: unknown[] }> {
  const events = (await desk.historyOf(paying)).filter(({ event }) => event === "attention");
  const { attention } = await desk.orderOf(paying);
  return { now: attention, told: events.map(({ detail }) => (detail as { code: string }).code) };
}

test("the first reason stays, and every other is in the history, once", async () => {
  const paying = await desk.payable();
  await raise(paying, "second_intent", "foreign_intent");
  await raise(paying, "foreign_intent");
  await raise(paying, "second_intent", "send_message_keeps_failing");
  expect(await standing(paying)).toEqual({
    now: "second_intent",
    told: ["second_intent", "foreign_intent", "send_message_keeps_failing"],
  });
});

test("a job that keeps failing does not hide money that does not match", async () => {
  const paying = await desk.payable();
  await raise(paying, "send_message_keeps_failing");
  await desk.apply(paying, { ...captured, capturedMinor: 999 });
  expect(await standing(paying)).toEqual({
    now: "amount_mismatch",
    told: ["send_message_keeps_failing", "amount_mismatch"],
  });
});

test("money that was looked at once is raised over a failing job when it comes again", async () => {
  const paying = await desk.payable();
  await raise(paying, "amount_mismatch");
  await desk.db
    .updateTable("orders")
    .set({ attention: "sync_payment_keeps_failing" })
    .where("id", "=", paying.orderId)
    .execute();
  await raise(paying, "amount_mismatch");
  expect(await standing(paying)).toEqual({
    now: "amount_mismatch",
    told: ["amount_mismatch", "amount_mismatch"],
  });
});

test("of several reasons at once, money comes first", async () => {
  const paying = await desk.payable();
  await raise(paying, "sync_payment_keeps_failing", "payment_refused");
  expect((await standing(paying)).now).toBe("payment_refused");
});

test("once a person has looked, the same reason may come again", async () => {
  const paying = await desk.payable();
  await raise(paying, "second_intent");
  await desk.db
    .updateTable("orders")
    .set({ attention: null })
    .where("id", "=", paying.orderId)
    .execute();
  await raise(paying, "second_intent");
  expect(await standing(paying)).toEqual({
    now: "second_intent",
    told: ["second_intent", "second_intent"],
  });
});
