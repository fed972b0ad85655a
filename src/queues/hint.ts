import { z } from "zod";

/**
 * What a hint carries: the row to look at, the version that it had, and the order's number for
 * people. Never personal data, never a secret, never what to do.
 */
export const hintPayload = z.object({
  id: z.string().min(1).max(100),
  version: z.int(),
  order: z.string().max(20).nullable(),
});
type HintPayload = z.output<typeof hintPayload>;

/** "Look at this row": a job that may be lost, doubled or late without harm. */
export type Hint = HintPayload & {
  queue: QueueName;
  kind: string;
  /** How often a failure was recorded for this row at this version. */
  round: number;
};

export type QueueName = "reservation" | "payment" | "status" | "notification";

/** Jobs with the same id are one job. The version and round make a new one possible. */
export function jobIdOf(hint: Pick<Hint, "kind" | "id" | "version" | "round">): string {
  return `${hint.kind}-${hint.id}-${hint.version}-${hint.round}`;
}
