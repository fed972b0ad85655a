import type { Snapshot } from "./books.ts";
import type { Tables } from "./memory-tables.ts";

/** All tables at one moment, as far as the promises speak of them. */
export function snapshotOf(tables: Tables): Snapshot {
  const { orders, payments, refunds, disputes, holds, stock, ledger } = tables;
  const waits = ({ dueAt }: { dueAt: number | null }) => dueAt !== null;
  return {
    orders: [...orders.values()].map((row) => ({ ...row, waits: waits(row) })),
    payments: [...payments.values()].map((row) => ({
      ...row,
      hasSecret: row.clientSecret !== null,
      waits: waits(row),
    })),
    refunds: [...refunds.values()].map((row) => ({
      ...row,
      isOurs: row.intention !== null,
      waits: waits(row),
    })),
    disputes: [...disputes.values()].map((row) => ({ ...row, waits: waits(row) })),
    ...{ holds, stock, ledger, restocked: tables.restocked },
  };
}
