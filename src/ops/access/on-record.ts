import { createHash } from "node:crypto";
import { uuidv7 } from "uuidv7";
import type { Db } from "../../db/connect.ts";

/** What was done, by whom and why, where it is no act on an order's own page. */
export type Deed = {
  actor: string;
  act: string;
  subject: string;
  reason: string;
  orderId?: string | null;
  input?: Record<string, unknown>;
};

/** Puts a deed on record, in the transaction that does it or before it is done. */
export async function putOnRecord(db: Db, deeds: readonly Deed[]): Promise<void> {
  if (deeds.length === 0) return;
  const rows = deeds.map(({ actor, act, subject, reason, orderId = null, input = {} }) => {
    const id = uuidv7();
    const said = JSON.stringify([act, subject, input]);
    return {
      id,
      actor,
      act,
      subject,
      reason,
      order_id: orderId,
      input: JSON.stringify(input),
      // Each is done once because it is asked for once: nobody repeats it under a key.
      idempotency_key: id,
      fingerprint: createHash("sha256").update(said).digest(),
      outcome: "{}",
    };
  });
  await db.insertInto("operator_acts").values(rows).execute();
}
