import { sql } from "kysely";
import { connect, type Db } from "../../../src/db/connect.ts";
import { createLog } from "../../../src/log.ts";
import { keepInstallation } from "../../../src/orders/installation/decide-installation.ts";

/** What happens to the database's stamp, by which Aurora knows whether it may write to Stripe. */
export interface InstallationDesk {
  isElsewhere(): boolean;
  /** As if the database had been loaded into another server. */
  move(): Promise<void>;
  /** What npm run installation -- keep does: an operator says that it is the same one. */
  keep(): Promise<void>;
}

export function installationDesk(databaseUrl: string): InstallationDesk {
  const log = createLog("switchboard", { level: "warn", format: "pretty" });
  let isElsewhere = false;
  const onDatabase = async (work: (db: Db) => Promise<unknown>) => {
    const settings = { DATABASE_URL: databaseUrl, DATABASE_POOL: 1 };
    const db = connect(settings, log, { name: "aurora switchboard" });
    await work(db).finally(() => db.destroy());
  };
  return {
    isElsewhere: () => isElsewhere,
    async move() {
      await onDatabase((db) =>
        sql`UPDATE installation SET database_identity = 'elsewhere/0'`.execute(db),
      );
      isElsewhere = true;
    },
    async keep() {
      if (!isElsewhere) return;
      const found = { account: null, livemode: null };
      const reason = "The Switchboard had moved the database";
      await onDatabase((db) => keepInstallation(db, { found, reason, actor: "cli:switchboard" }));
      isElsewhere = false;
    },
  };
}
