import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type Hint, hintPayload, jobIdOf } from "./hint.ts";

/** So many rows go in one job: few enough for another worker to take its share of a large batch. */
const mostRows = 20;

const bundledRow = hintPayload.extend({ round: z.int() });
/** What the job of a bundle carries: of each row what a job of its own would. */
const bundle = z.object({ rows: z.array(bundledRow).min(1) });

export type BundledRow = z.output<typeof bundledRow>;

/**
 * The jobs for hints, where those of a bundled kind go together. A job costs Redis and its worker
 * as much as all else that is done for an order at that step; and rows that come together meet in
 * one batch.
 */
export function jobsOf(hints: readonly Hint[], mayBundle: (hint: Hint) => boolean) {
  const own = hints.filter((hint) => !mayBundle(hint)).map(ownJob);
  const together = Map.groupBy(hints.filter(mayBundle), ({ kind }) => kind);
  const bundles = [...together].flatMap(([kind, ofKind]) => {
    return Array.from({ length: Math.ceil(ofKind.length / mostRows) }, (_, nr) => {
      const rows = ofKind.slice(nr * mostRows, (nr + 1) * mostRows);
      return rows.length === 1 ? ownJob(rows[0] as Hint) : bundleOf(kind, rows);
    });
  });
  return [...own, ...bundles];
}

function ownJob(hint: Hint) {
  const { kind: name, id, version, order } = hint;
  return { name, data: { id, version, order }, opts: { jobId: jobIdOf(hint) } };
}

const mark = "-bundle-";

/** Its id is its own: two that begin with the same row are two. */
function bundleOf(name: string, hints: readonly Hint[]) {
  const rows = hints.map(({ queue, kind, ...row }): BundledRow => row);
  return { name, data: { rows }, opts: { jobId: `${name}${mark}${randomUUID()}` } };
}

/** Whether a job carries several rows, by its id. */
export function isBundleId(id: string): boolean {
  return id.includes(mark);
}

/** The rows of a job that carries several; null for any other. */
export function readBundle(data: unknown): BundledRow[] | null {
  if (typeof data !== "object" || data === null || !("rows" in data)) return null;
  const { success, data: read } = bundle.safeParse(data);
  return success ? read.rows : null;
}
