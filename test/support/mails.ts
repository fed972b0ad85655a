import { sql } from "kysely";
import type { Db } from "../../src/db/connect.ts";

/** Where mails are not the subject and nobody sends them, they are not to be overdue for it. */
export async function takeMailsForSent(db: Db): Promise<void> {
  await sql`UPDATE notifications SET status = 'sent', sent_at = now(), due_at = NULL
    WHERE due_at IS NOT NULL`.execute(db);
}
