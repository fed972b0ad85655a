import type { Db } from "../db/connect.ts";

/** This installation's id: the stamp on everything that it makes at Stripe. */
export async function readInstallation(db: Db): Promise<string> {
  const { id } = await db.selectFrom("installation").select("id").executeTakeFirstOrThrow();
  return id;
}
