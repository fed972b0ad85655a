/** Of a row that waits: when it is looked at next, and what its last job failed of. */
export type Waiting = { dueAt: Date | null; round: number; lastError: string | null };
