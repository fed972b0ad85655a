import type { QueueName } from "../../queues/hint.ts";
import { boardPath } from "./board.ts";

/** Where a job stands in Bull Board. */
export function jobAddress({ queue, id }: { queue: QueueName; id: string }): string {
  return `${boardPath}/queue/${queue}/${encodeURIComponent(id)}`;
}
