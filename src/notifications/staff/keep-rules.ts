import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import { inTransaction } from "../../db/transaction.ts";
import type { StaffRules } from "../../staff-rules.ts";
import { channelOf, recipientOf } from "./recipients.ts";

/**
 * Writes the rules down where events are written, so that each event's messages come with it. The
 * last process that starts has the word.
 */
export async function keepStaffRules(db: Db, { rules }: StaffRules): Promise<void> {
  const rows = rules.flatMap(({ event, minimum, sku, to }) =>
    to.map((address) => ({
      ...{ event, minimums: minimum ?? null, sku: sku === undefined ? null : likePattern(sku) },
      ...{ channel: channelOf(address), recipient: recipientOf(address) },
    })),
  );
  const numbered = rows.map((row, index) => ({ id: index + 1, ...row }));
  await inTransaction(db, async (trx) => {
    await sql`
      INSERT INTO staff_rules (id, event, minimums, sku, channel, recipient)
      SELECT id, event, nullif(minimums, 'null'::jsonb), sku, channel, recipient
      FROM jsonb_to_recordset(${JSON.stringify(numbered)}::jsonb)
        AS r (id integer, event text, minimums jsonb, sku text, channel text, recipient text)
      ORDER BY id
      ON CONFLICT (id) DO UPDATE SET event = excluded.event, minimums = excluded.minimums,
        sku = excluded.sku, channel = excluded.channel, recipient = excluded.recipient`.execute(
      trx,
    );
    await sql`DELETE FROM staff_rules WHERE id > ${numbered.length}`.execute(trx);
  });
}

/** SKUs are kept in small letters; `*` stands for any. */
function likePattern(sku: string): string {
  return sku
    .toLowerCase()
    .replace(/[\\%_]/g, "\\$&")
    .replaceAll("*", "%");
}
