import { createHash } from "node:crypto";
import { sql } from "kysely";
import { planOf } from "../../acts/acts.ts";
import type { PageParts } from "../../app.ts";
import { listProblems, type Problems, type SystemProblem, systemProblems } from "../../problems.ts";
import type { Fingerprint } from "../live/live.ts";

type ProblemsNow = Problems & { system: SystemProblem[]; now: Date };

/** As long the inbox may be old where it is only counted, or looked at for changes. */
const goodForMs = 3_000;
/** And so long on the page itself: many tabs that are told of one change read it once. */
const sharedForMs = 1_000;
/** So many are listed at once. */
export const mostListed = 500;

/** How the inbox is read. An answer's age is counted from the moment when its read began. */
export type ReadProblems = {
  /** As it was a moment ago, read once for all who ask. */
  recent(): Promise<ProblemsNow>;
  /** As it was at most a second before: once for all who ask in that time. */
  shared(): Promise<ProblemsNow>;
  /** As it is now: whoever has just acted sees it. For the others it is the newest, too. */
  fresh(): Promise<ProblemsNow>;
};

export function problemsNow(parts: Pick<PageParts, "db" | "settings">): ReadProblems {
  let last: { at: number; answer: Promise<ProblemsNow> } | null = null;
  const fresh = () => {
    const read = { at: performance.now(), answer: readProblems(parts) };
    last = read;
    // A failure is told to those who asked, and not kept for others.
    read.answer.catch(() => {
      if (last === read) last = null;
    });
    return read.answer;
  };
  const within = (ms: number) => () =>
    last && performance.now() - last.at <= ms ? last.answer : fresh();
  return { fresh, shared: within(sharedForMs), recent: within(goodForMs) };
}

async function readProblems({ db, settings }: Pick<PageParts, "db" | "settings">) {
  const [problems, system, now] = await Promise.all([
    listProblems({ db, settings, planOf }, { limit: mostListed }),
    systemProblems({ db, settings }),
    clock(db),
  ]);
  return { ...problems, system, now };
}

async function clock(db: PageParts["db"]): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`SELECT now()`.execute(db);
  return rows[0]?.now ?? new Date();
}

export function problemsFingerprint({ recent }: Pick<ReadProblems, "recent">): Fingerprint {
  return async (keys) => {
    const seen = seenIn(await recent());
    return keys.map(() => seen);
  };
}

/** What the inbox says, without the ages that grow by themselves. */
export function seenIn({ problems, isPartial, system }: ProblemsNow): string {
  const said = [
    String(isPartial),
    ...system.map(({ code, sentence }) => `${code} ${sentence}`),
    ...problems.map(({ orderId, version, diagnosis }) =>
      [
        ...[orderId, version, diagnosis.code, diagnosis.recommended?.act],
        ...diagnosis.also.map(({ code }) => code),
      ].join(" "),
    ),
  ];
  return createHash("sha256").update(said.join("\n")).digest("hex").slice(0, 32);
}
