import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import { isOwnPayment } from "../installation/installation.ts";

/** Whether each intent is of this installation's own making, as far as we know the payment. */
export async function arePaymentsOwn(db: Db, intentIds: readonly string[]): Promise<boolean[]> {
  const { rows } = await sql<{ intentId: string }>`
    SELECT intent_id AS "intentId" FROM payments
    WHERE intent_id = ANY(${intentIds}::text[]) AND NOT ${isOwnPayment}`.execute(db);
  const copied = new Set(rows.map((row) => row.intentId));
  return intentIds.map((id) => !copied.has(id));
}
