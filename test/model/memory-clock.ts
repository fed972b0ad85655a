import { clocks } from "../../src/orders/lifecycle.ts";
import { disputeClocks, paymentClocks, refundClocks } from "../../src/payments/lifecycle.ts";
import { testSettings } from "../support/settings.ts";
import type { Due, Job } from "./books.ts";
import { holdMaxSeconds, leaseSeconds, type Tables } from "./memory-tables.ts";

const { BACKOFF_SECONDS: backoffs } = testSettings("postgres://unused", {
  REDIS_URL: "redis://unused",
});
const roundsBeforeAttention = 5;

type Row = { id: string; dueAt: number | null; round: number; lastError: string | null };

/** Time, and what it wakes: the sweeper's part and that of a job that failed. */
export function clockOf(tables: Tables) {
  let moments = 0;
  const waiting = async (): Promise<Due[]> =>
    rowsOf(tables).flatMap(({ row, kind }) =>
      row.dueAt === null ? [] : [{ kind, id: row.id, inSeconds: row.dueAt - tables.now }],
    );
  return {
    waiting,
    async now() {
      moments += 1;
      return String(moments).padStart(9, "0");
    },
    async pass(seconds: number) {
      tables.now += seconds;
    },
    async claimDue(): Promise<Job[]> {
      const due = rowsOf(tables).filter(({ row }) => (row.dueAt ?? Infinity) <= tables.now);
      for (const { row } of due) row.dueAt = tables.now + leaseSeconds;
      return due.map(({ row, kind }) => ({ kind, id: row.id }));
    },
    async recordFailure({ kind, id }: Job) {
      const { row, orderId } = ownerOf(tables, id);
      if (!row || row.dueAt === null) return;
      row.round += 1;
      row.lastError = "it failed";
      const backoff = tables.now + (backoffs[Math.min(row.round, backoffs.length) - 1] ?? 0);
      const order = tables.orders.get(id);
      const latest =
        order?.status === "awaiting_payment"
          ? Math.max((order.heldAt ?? 0) + holdMaxSeconds, tables.now + 1)
          : Infinity;
      row.dueAt = Math.min(backoff, latest);
      if (row.round >= roundsBeforeAttention) tables.flag(orderId, `${kind}_keeps_failing`);
    },
  };
}

/** Every row with the job that its clock wakes, by the product's own tables of clocks. */
function rowsOf(tables: Tables): { row: Row; kind: string }[] {
  const each = <Status extends string>(
    rows: Iterable<Row & { status: Status }>,
    wakes: Record<Status, "rests" | { wakes: string }>,
  ) =>
    [...rows].map((row) => {
      const wake = wakes[row.status];
      return { row, kind: wake === "rests" ? "rests" : (wake.wakes.split("/")[1] ?? "") };
    });
  return [
    ...each(tables.orders.values(), clocks),
    ...each(tables.payments.values(), paymentClocks),
    ...each(tables.refunds.values(), refundClocks),
    ...each(tables.disputes.values(), disputeClocks),
  ];
}

function ownerOf(tables: Tables, id: string) {
  const { orders, payments, refunds, disputes } = tables;
  const row = orders.get(id) ?? payments.get(id) ?? refunds.get(id) ?? disputes.get(id);
  const dispute = disputes.get(id);
  const payment = payments.get(dispute?.paymentId ?? id);
  return { row, orderId: payment?.orderId ?? refunds.get(id)?.orderId ?? id };
}
