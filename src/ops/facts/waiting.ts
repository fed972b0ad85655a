/** Of a row that waits: when it is looked at next, and what its last job failed of. */
export type Waiting = {
  dueAt: Date | null;
  round: number;
  lastError: string | null;
  /** The first failure that was recorded since the last success; null where nothing fails. */
  failingSince: Date | null;
};
