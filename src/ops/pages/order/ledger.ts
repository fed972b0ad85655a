import type { Db } from "../../../db/connect.ts";
import type { LedgerLine } from "./ledger-view.ts";

/** An order has a handful of lines; one with more shows the latest. */
const mostLines = 200;

/** What the ledger has of an order, the latest first. */
export async function ledgerOf(db: Db, orderId: string): Promise<LedgerLine[]> {
  return db
    .selectFrom("ledger_entries")
    .select(["movement", "account", "amount_minor as amountMinor", "currency", "at"])
    .where("order_id", "=", orderId)
    .orderBy("at", "desc")
    .orderBy("movement", "desc")
    .orderBy("account", "desc")
    .limit(mostLines)
    .execute();
}
