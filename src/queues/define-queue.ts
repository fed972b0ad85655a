import type { z } from "zod";

/** One kind of job: what it carries. How it is retried is the same for all: see settings. */
export type JobContract<Payload extends z.ZodType = z.ZodType> = {
  payload: Payload;
  /** Such a job may wait long for somebody else's server: it takes no place from the others. */
  waitsLong?: true;
  /**
   * Its rows wait for the first time when it is sent, and nobody else sends it meanwhile: those of
   * one commit go together in one job. Where the same row may be named twice, its job's own id
   * folds the two.
   */
  isBundled?: true;
};

export type QueueContract<
  Name extends string = string,
  Jobs extends Record<string, JobContract> = Record<string, JobContract>,
> = { name: Name; jobs: Jobs };

/** Keeps the names and payloads of a queue's jobs as types. */
export function defineQueue<
  const Name extends string,
  const Jobs extends Record<string, JobContract>,
>(queue: QueueContract<Name, Jobs>): QueueContract<Name, Jobs> {
  return queue;
}

/**
 * A handler for every job of the queue: leaving one out does not compile. It may answer why
 * there was nothing to do ("already captured"): an ordinary end, worth a line in the log.
 */
export type Handlers<Queue extends QueueContract> = {
  [Kind in keyof Queue["jobs"]]: (
    payload: z.output<Queue["jobs"][Kind]["payload"]>,
    context: JobContext,
  ) => Promise<string | undefined>;
};

/** What a handler knows of its job, besides the payload. */
type JobContext = {
  jobId: string;
  /** Raised when the job's lock was lost or the process stops: look at it between steps. */
  signal: AbortSignal;
};
