import type { RawBuilder } from "kysely";
import type { Settings } from "../config.ts";
import type { QueueName } from "./hint.ts";

/** A table whose rows wait with a clock, and how a row of it becomes a hint. */
export type WaitingTable = {
  name:
    | "orders"
    | "payments"
    | "refunds"
    | "disputes"
    | "webhook_events"
    | "stripe_cursors"
    | "breaks"
    | "notifications"
    | "webhook_endpoints"
    | "webhook_deliveries";
  id: "id" | "name";
  idType: "uuid" | "text";
  /** The row's version, and the order's number for people, as SQL over the row. */
  version: string;
  order: string;
  /** Rows whose hint was sent with their commit, not those that wait for a deadline. */
  hinted: string;
  /** Which of them wait for their first job, and have not begun it as far as the row knows. */
  unbegun?: string;
  /** SQL over the row: of those that have it in common, one job does the work of all. */
  fold?: string;
  /** However often a row failed, it is tried again after so long. */
  longestBackoffSeconds: number | ((id: string) => number);
  /** SQL of the moment by which it must be looked at, whatever failed; null where there is none. */
  latest?: (settings: Pick<Settings, "HOLD_MAX_MINUTES">) => RawBuilder<Date | null>;
  /** What the clock wakes for a row in this status. */
  wakes(status: string): { queue: QueueName; kind: string } | null;
};

/** What a table's clocks say, by its statuses. */
export function wakesBy(
  clocks: Record<string, "rests" | { wakes: string }>,
): WaitingTable["wakes"] {
  return (status) => {
    const clock = clocks[status];
    if (clock === undefined || clock === "rests") return null;
    const [queue, kind] = clock.wakes.split("/");
    return { queue: queue as QueueName, kind: kind ?? "" };
  };
}
