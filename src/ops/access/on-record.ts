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
  outcome?: Record<string, unknown>;
};

/** The outcome of what is only about to be done: the one that may be told its end later. */
export const begun = { state: "begun" };

/** Puts deeds on record, in the transaction that does them or before; answers the rows' ids. */
export async function putOnRecord(db: Db, deeds: readonly Deed[]): Promise<string[]> {
  if (deeds.length === 0) return [];
  const rows = deeds.map(({ actor, act, subject, reason, orderId = null, ...rest }) => {
    const { input = {}, outcome = {} } = rest;
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
      outcome: JSON.stringify(outcome),
    };
  });
  await db.insertInto("operator_acts").values(rows).execute();
  return rows.map(({ id }) => id);
}
