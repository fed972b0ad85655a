import { sql } from "kysely";
import type { Db } from "../../../db/connect.ts";

/** No act's transaction lasts so long: one that began earlier was there for every read since. */
const longestActSeconds = 15;

/** Whether somebody may have changed a moment ago what they ask to see, at whichever process. */
export async function hasJustActed(db: Db, actor: string): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM operator_acts
    WHERE actor = ${actor} AND at > now() - make_interval(secs => ${longestActSeconds})
    LIMIT 1`.execute(db);
  return rows.length > 0;
}
