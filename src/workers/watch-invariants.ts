import { type RawBuilder, sql } from "kysely";
import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
import { reasonOf } from "../errors.ts";
import { allInvariants, checkInvariants } from "../invariants/check-invariants.ts";
import type { Finding, Invariant } from "../invariants/invariant.ts";
import type { Log } from "../log.ts";

/** What is on its way may take so long to come to rest. */
const patienceSeconds = 120;
/**
 * A round rests so many times as long as it took: of a million orders it takes a minute or two, in
 * which it keeps a processor busy.
 */
const restFactor = 20;
/** How often it is looked whether the next check is due. */
const lookMilliseconds = 5_000;

type Means = {
  /** Connections of their own: a check reads whole tables, and may take a minute. */
  db: Db;
  settings: Pick<Settings, "INVARIANT_MINUTES">;
  log: Log;
};

/** Checks from time to time, in one sweeper only, whether all that must be true is true. */
export function watchInvariants(means: Means): { stop(): void } {
  let isStopping = false;
  const look = async () => {
    if (isStopping) return;
    await checkWhenDue(means).catch((error) =>
      means.log.warn("invariants_not_checked", { reason: reasonOf(error) }),
    );
  };
  let looking = look();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, lookMilliseconds);
  return {
    // What is under way is not waited for: it only reads, may take minutes, and comes again.
    stop() {
      isStopping = true;
      clearInterval(timer);
    },
  };
}

/** One round, if it is due and nobody else took it; answers whether there was one. */
export async function checkWhenDue({ db, settings, log }: Means): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE invariant_rounds SET due_at = ${nextRound(settings)} WHERE due_at <= now()`.execute(db);
  if (!numAffectedRows) return false;
  const startedAt = performance.now();
  const broken = await readBroken(db);
  const invariants = allInvariants({ patienceSeconds });
  await forgetOthers(db, invariants);
  // One after the other: each is stored as it is known, and one that takes too long stops no other.
  for (const invariant of invariants) {
    const [finding] = await checkInvariants(db, [invariant]).catch((error: unknown) => {
      log.warn("invariants_not_checked", { kind: invariant.name, reason: reasonOf(error) });
      return [];
    });
    if (!finding) {
      await storeUnchecked(db, invariant);
      continue;
    }
    await store(db, finding);
    report(log, finding, broken.get(finding.name) ?? 0);
  }
  const restSeconds = ((performance.now() - startedAt) / 1_000) * restFactor;
  // At once: an UPDATE of its own for each could leave the round due by the rest before.
  await sql`
    UPDATE invariant_rounds SET rest_seconds = ${restSeconds},
      due_at = ${nextRound(settings, sql`${restSeconds}::double precision`)}`.execute(db);
  return true;
}

/** A round that began and was never ended comes again after as long as the one before rested. */
function nextRound(
  { INVARIANT_MINUTES: minutes }: Means["settings"],
  restSeconds: RawBuilder<unknown> = sql`rest_seconds`,
): RawBuilder<Date> {
  return sql`now() + make_interval(secs => greatest(${minutes * 60}, ${restSeconds}))`;
}

async function readBroken(db: Db): Promise<Map<string, number>> {
  const rows = await db.selectFrom("invariant_findings").select(["name", "broken"]).execute();
  return new Map(rows.map(({ name, broken }) => [name, broken]));
}

/** What older versions promised, or by another name, is looked at no more. */
async function forgetOthers(db: Db, present: readonly Invariant[]): Promise<void> {
  const names = present.map(({ name }) => name);
  await db.deleteFrom("invariant_findings").where("name", "not in", names).execute();
}

async function store(db: Db, { name, promise, examined, broken, rows }: Finding): Promise<void> {
  await sql`
    INSERT INTO invariant_findings (name, promise, examined, broken, rows)
    VALUES (${name}, ${promise}, ${examined}::bigint, ${broken}::bigint,
      ${JSON.stringify(rows)}::jsonb)
    ON CONFLICT (name) DO UPDATE SET promise = excluded.promise, examined = excluded.examined,
      broken = excluded.broken, rows = excluded.rows, checked_at = now()`.execute(db);
}

/** One that could never be checked is missed by nobody, unless it stands there. */
async function storeUnchecked(db: Db, { name, promise }: Invariant): Promise<void> {
  await sql`
    INSERT INTO invariant_findings (name, promise, examined, broken, checked_at)
    VALUES (${name}, ${promise}, 0, 0, 'epoch') ON CONFLICT (name) DO NOTHING`.execute(db);
}

/** Said when it changes: a page shows how it is. */
function report(log: Log, { name: kind, broken: count }: Finding, before: number): void {
  if (count > 0 && count !== before) log.error("invariant_broken", { kind, count });
  if (count === 0 && before > 0) log.info("invariant_holds_again", { kind });
}
