import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import type { Db } from "../../db/connect.ts";
import { inTransaction } from "../../db/transaction.ts";
import { reasonOf } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Hints } from "../../queues/hints.ts";
import type { StaffRules } from "../../staff-rules.ts";
import { planOf } from "../acts/acts.ts";
import { listProblems, problemsOf, type SystemProblem, systemProblems } from "../problems.ts";
import { bookShown, ordersWithAlarms, type ShownProblem, takeDue } from "./alarms.ts";
import { letterOf, writeLetters } from "./write-letters.ts";

export type WatchMeans = {
  db: Db;
  settings: Pick<Settings, "HOLD_MAX_MINUTES" | "INVARIANT_MINUTES" | "LEASE_SECONDS">;
  hints: Hints;
  log: Log;
  onCall: NonNullable<StaffRules["onCall"]>;
};

/**
 * How often the problems are looked at, by one process at a time, and how often that is asked. A
 * shorter patience is looked at as often as it lasts.
 */
const roundSeconds = 30;
const lookSeconds = 5;
/** Letters are so far apart at least: what comes meanwhile stands in the next. */
const lettersApartSeconds = 300;
/** So many orders are looked at in a round, the most serious first. */
const mostListed = 500;

/**
 * Tells those on call of what OrderTracker shows for too long, and again when it is over. It lives
 * in web, where the problems are found: the sweeper's own silence is one of them.
 */
export function watchProblems(means: WatchMeans): { stop(): Promise<void> } {
  let isStopping = false;
  const look = async () => {
    if (isStopping) return;
    await lookWhenDue(means).catch((error) =>
      means.log.warn("problems_not_watched", { reason: reasonOf(error) }),
    );
  };
  let looking = look();
  const seconds = Math.min(lookSeconds, means.onCall.afterMinutes * 60);
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, seconds * 1_000);
  return {
    async stop() {
      isStopping = true;
      clearInterval(timer);
      await looking;
    },
  };
}

/** One round, if it is due and nobody else took it; answers whether there was one. */
export async function lookWhenDue(means: WatchMeans): Promise<boolean> {
  const seconds = Math.min(roundSeconds, means.onCall.afterMinutes * 60);
  const { numAffectedRows } = await sql`
    UPDATE alarm_rounds SET due_at = now() + make_interval(secs => ${seconds})
    WHERE due_at <= now()`.execute(means.db);
  if (!numAffectedRows) return false;
  await lookAtProblems(means);
  return true;
}

async function lookAtProblems(means: WatchMeans): Promise<void> {
  const { db, settings, hints, log, onCall } = means;
  const system = await systemProblems({ db, settings });
  const shown = await findShown(means, system);
  const told = await inTransaction(db, async (trx) => {
    // Whoever was late with the round before books it before or after, never at the same time.
    await sql`SELECT FROM alarm_rounds FOR UPDATE`.execute(trx);
    await bookShown(trx, shown, onCall.afterMinutes * 60);
    const { rows } = await sql`
      SELECT FROM notifications WHERE recipient <> 'customer' AND template = 'on_call'
        AND created_at > now() - make_interval(secs => ${lettersApartSeconds}) LIMIT 1`.execute(
      trx,
    );
    if (rows.length > 0) return null;
    const due = await takeDue(trx);
    if (due.raised.length + due.over.length === 0) return null;
    return { due, hints: await writeLetters(trx, settings, onCall.to, letterOf(due, system)) };
  });
  if (told === null) return;
  hints.send(told.hints);
  log.info("on_call_told", { count: told.due.raised.length + told.due.over.length });
}

/** All that is shown now. An order that somebody was told of is looked at wherever it stands. */
async function findShown(
  { db, settings }: WatchMeans,
  system: readonly SystemProblem[],
): Promise<ShownProblem[]> {
  const means = { db, settings, planOf };
  const known = await ordersWithAlarms(db);
  const { problems } = await listProblems(means, { limit: mostListed });
  const others = known.filter((id) => problems.every(({ orderId }) => orderId !== id));
  const elsewhere = await problemsOf(means, others);
  return [
    ...system.map(({ code }) => ({ orderId: null, code })),
    ...[...problems, ...elsewhere].map(({ orderId, diagnosis: { code } }) => ({ orderId, code })),
  ];
}
