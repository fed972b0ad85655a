import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { writeMessages } from "../../notifications/messages.ts";
import { bookDeclines, countDeclines } from "../../payments/declines.ts";
import { type Advanced, together } from "../advance.ts";
import { remark } from "../remark.ts";
import type { Verdict } from "./judge-intent.ts";

/** A customer whose card keeps being declined is told at most so often per order. */
const mostMails = 3;

/** Books new declines, writes them into the orders' history, and tells the customers. */
export async function tellOfDeclines(
  trx: Trx,
  settings: Settings,
  verdicts: readonly Verdict[],
  actor: string,
): Promise<Advanced> {
  const byPayment = new Map(verdicts.map((verdict) => [verdict.row.paymentId, verdict.row]));
  const declines = verdicts.flatMap(({ row, declines }) =>
    declines.map((decline) => ({ ...decline, paymentId: row.paymentId })),
  );
  const booked = await bookDeclines(trx, declines);
  if (booked.length === 0) return together();

  const told = booked.flatMap(({ paymentId, code, declineCode }) => {
    const row = byPayment.get(paymentId);
    return row ? [{ row, detail: { code, declineCode } }] : [];
  });
  const seqs = await remark(
    trx,
    told.map(({ row, detail }) => ({ orderId: row.orderId, event: "payment_declined", detail })),
    actor,
  );
  const places = await placesOf(
    trx,
    told.map(({ row }) => row.orderId),
  );
  const facts = told.flatMap(({ row }, index) => {
    const isOpen = row.orderStatus === "awaiting_payment" && row.closing === null;
    const tell = isOpen && (places[index] ?? 0) <= mostMails;
    return tell ? [{ id: row.orderId, number: row.orderNumber, version: seqs[index] ?? 0 }] : [];
  });
  const noted = told.map(({ row, detail }) => ({
    orderId: row.orderId,
    order: row.orderNumber,
    event: "payment_declined",
    paymentId: row.paymentId,
    code: detail.declineCode ?? detail.code,
  }));
  const hints = await writeMessages(trx, facts, "payment_problem", settings);
  return { moved: [], hints, noted };
}

/** Which of its order's declines each of these new ones is, counted from 1. */
async function placesOf(trx: Trx, orderIds: readonly string[]): Promise<number[]> {
  const counts = await countDeclines(trx, orderIds);
  return orderIds.map((id, index) => {
    const later = orderIds.slice(index + 1).filter((other) => other === id).length;
    return (counts.get(id) ?? 0) - later;
  });
}
