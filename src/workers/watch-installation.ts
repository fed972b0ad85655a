import type { Db } from "../db/connect.ts";
import { inOneStatement } from "../db/transaction.ts";
import { Refused, reasonOf, Unavailable } from "../errors.ts";
import type { Log } from "../log.ts";
import {
  arePaymentsOwn,
  differences,
  type Installation,
  readWhole,
  type Stamp,
  stamp,
  stopWrites,
} from "../orders/installation/installation.ts";
import type { Ownership } from "../orders/paying/judge-intent.ts";
import type { PaymentReads } from "../payments/gateway.ts";
import { batcher } from "../queues/batcher.ts";
import { sharedAnswer } from "../queues/shared-answer.ts";

export type InstallationMeans = {
  db: Db;
  log: Log;
  gateway: Pick<PaymentReads, "readAccount">;
  ownership: Ownership;
  /** An operator has decided anew since this process was let in: what it knows is old. */
  outdated(): void;
};

/** What a process asks before it writes to Stripe. */
export type InstallationWatch = {
  /** @throws Unavailable while nothing may be written to Stripe, or nobody can say */
  mayWrite(): Promise<void>;
  /** @throws Refused when the intent belongs to the installation that this one is a copy of */
  mayTouch(intentId: string): Promise<void>;
  stop(): void;
};

/** A stop is seen everywhere after so long: each process asks the database no more often. */
const freshMilliseconds = 2_000;
/** Rows wait while writes are stopped: that is no failure of theirs. */
const retrySeconds = 30;
/** Without anything to write it looks all the same, so that a difference is noticed. */
const checkMilliseconds = 60_000;
/** Whose account a key opens changes only by a person's hand. */
const accountMilliseconds = 10 * 60_000;

const advice =
  "npm run installation -- show tells more; keep says that it is the same installation in a " +
  "new place, renew that this database is a copy.";

/**
 * Compares the installation's stamp with this process: its database, and the account and mode of
 * its Stripe key. A difference stops all writes to Stripe, in every process, until an operator
 * has decided. The first process ever writes the stamp.
 */
export function watchInstallation(means: InstallationMeans): InstallationWatch {
  const { db, log } = means;
  const account = accountOf(means);
  /** The stamp under which this process was let in. */
  let letIn: string | null = null;

  const look = sharedAnswer(freshMilliseconds, check);

  async function check(): Promise<Installation> {
    const { livemode, installation } = means.ownership;
    const known = { account: await account(), livemode };
    const now = await inOneStatement(db, readWhole);
    const found: Stamp = { ...known, database: now.database };
    const differs = differences(now.stamp, found);
    if (now.id !== installation) differs.unshift(`the installation is ${now.id} now`);
    if (differs.length === 0) {
      // Whoever was first has made the stamp: look whether it fits us, too.
      if (isIncomplete(now, found)) {
        await stamp(db, found);
        return await check();
      }
      letIn = now.stampedAt;
      return now;
    }
    const because = sentenceOf(differs);
    if (now.id !== installation || (letIn !== null && letIn !== now.stampedAt)) {
      log.error("installation_outdated", {
        reason: `${stopped(because)} This process knows the old one.`,
      });
      means.outdated();
    } else if (await stopWrites(db, because)) {
      log.error("stripe_writes_stopped", { reason: stopped(because) });
    }
    return { ...now, stoppedBecause: now.stoppedBecause ?? because };
  }

  const own = batcher((intentIds: string[]) => arePaymentsOwn(db, intentIds));
  const attempt = () =>
    void look().catch((error) => log.warn("installation_not_checked", { reason: reasonOf(error) }));
  attempt();
  const timer = setInterval(attempt, checkMilliseconds).unref();
  return {
    async mayWrite() {
      const { stoppedBecause } = await look();
      if (stoppedBecause === null) return;
      const message = stopped(stoppedBecause);
      throw new Unavailable("stripe_writes_stopped", message, undefined, retrySeconds);
    },
    async mayTouch(intentId) {
      const { renewedAt } = await look();
      if (renewedAt === null || (await own(intentId))) return;
      const message = `${intentId} belongs to the installation that this database is a copy of.`;
      throw new Refused("payment_of_another_installation", message);
    },
    stop: () => clearInterval(timer),
  };
}

function sentenceOf(differs: readonly string[]): string {
  const text = differs.join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Pages say what to do in words of their own: only logs and errors are told it with the reason. */
function stopped(because: string): string {
  return `Nothing is written to Stripe: ${because} ${advice}`;
}

function isIncomplete({ stampedAt, stamp: known }: Installation, found: Stamp): boolean {
  if (stampedAt === null) return true;
  return (["account", "livemode", "database"] as const).some(
    (part) => known[part] === null && found[part] !== null,
  );
}

/** Whose account our key opens. Once known, an outage of Stripe does not make it unknown. */
function accountOf({ gateway }: InstallationMeans): () => Promise<string | null> {
  let known: { account: string | null; until: number } | null = null;
  return async () => {
    if (known && known.until > performance.now()) return known.account;
    const before = known;
    const account = await gateway.readAccount().catch((error: unknown) => {
      if (before && error instanceof Unavailable) return before.account;
      throw error;
    });
    known = { account, until: performance.now() + accountMilliseconds };
    return account;
  };
}
