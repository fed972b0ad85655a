import type { z } from "zod";

/** One kind of job: what it carries. How it is retried is the same for all: see settings. */
export type JobContract<Payload extends z.ZodType = z.ZodType> = {
  payload: Payload;
  /** Such a job may wait long for somebody else's server: it takes no place from the others. */
  waitsLong?: true;
  /**
   * The rows that one commit leaves for it go together in one job: what each order needs once, and
   * under load for many orders at a time. A row that is named twice is worked twice, unless it is
   * still under way in the same process: more than once is always safe, and here it is rare.
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
