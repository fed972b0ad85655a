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
export function jobsOf(hints: readonly Hint[], isBundled: (kind: string) => boolean) {
  return [...Map.groupBy(hints, ({ kind }) => kind)]
    .flatMap(([kind, ofKind]) => {
      const size = isBundled(kind) ? mostRows : 1;
      const count = Math.ceil(ofKind.length / size);
      return Array.from({ length: count }, (_, nr) => ofKind.slice(nr * size, (nr + 1) * size));
    })
    .flatMap((group) => jobOf(group) ?? []);
}

/** A job of several rows is known by the first of them. */
function jobOf([first, ...others]: readonly Hint[]) {
  if (!first) return null;
  const { kind: name, id, version, order } = first;
  const jobId = jobIdOf(first);
  if (others.length === 0) return { name, data: { id, version, order }, opts: { jobId } };
  const rows = [first, ...others].map(({ queue, kind, ...row }): BundledRow => row);
  return { name, data: { rows }, opts: { jobId: `${jobId}-and-${others.length}` } };
}

/** The rows of a job that carries several; null for any other. */
export function readBundle(data: unknown): BundledRow[] | null {
  const { success, data: read } = bundle.safeParse(data);
  return success ? read.rows : null;
}
