import { createHash } from "node:crypto";
import { planOf } from "../../acts/acts.ts";
import type { PageParts } from "../../app.ts";
import { listProblems, type Problems, type SystemProblem, systemProblems } from "../../problems.ts";
import type { Fingerprint } from "../live/live.ts";

export type ProblemsNow = Problems & { system: SystemProblem[] };

/** As long the inbox may be old where it is only counted, or looked at for changes. */
const goodForMs = 3_000;
/** So many are listed at once. */
export const mostListed = 500;

/** The inbox as it was a moment ago, read once for all who ask. */
export function problemsNow(parts: Pick<PageParts, "db" | "settings">): () => Promise<ProblemsNow> {
  let last: { at: number; answer: Promise<ProblemsNow> } | null = null;
  return () => {
    if (!last || performance.now() - last.at > goodForMs) {
      last = { at: performance.now(), answer: readProblems(parts) };
      // A failure is told to those who asked, and not kept for others.
      last.answer.catch(() => {
        last = null;
      });
    }
    return last.answer;
  };
}

async function readProblems({ db, settings }: Pick<PageParts, "db" | "settings">) {
  const [problems, system] = await Promise.all([
    listProblems({ db, settings, planOf }, { limit: mostListed }),
    systemProblems(db),
  ]);
  return { ...problems, system };
}

/** What the inbox says, without the ages that grow by themselves. */
export function problemsFingerprint(read: () => Promise<ProblemsNow>): Fingerprint {
  return async (keys) => {
    const { problems, system } = await read();
    const said = [
      ...system.map(({ code, sentence }) => `${code} ${sentence}`),
      ...problems.map(({ orderId, version, diagnosis }) =>
        [orderId, version, diagnosis.code, diagnosis.recommended?.act].join(" "),
      ),
    ];
    const seen = createHash("sha256").update(said.join("\n")).digest("hex").slice(0, 32);
    return keys.map(() => seen);
  };
}
