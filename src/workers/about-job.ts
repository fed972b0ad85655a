import type { LogFields } from "../log.ts";
import { readJob } from "../queues/read-job.ts";
import { tableOf } from "../queues/waiting-rows.ts";

/** What a handler is given, and a log line says: a BullMQ job, or one row of a bundle's. */
export type JobLike = { name: string; id?: string | undefined; data: unknown };

/** What a log line says of a job: the row's id under its own name, and the order's number. */
export function about(queue: string, job: JobLike): LogFields {
  const { id, order } = readJob(job);
  const name = idNames[tableOf(job.name)?.name ?? "stripe_cursors"];
  return { queue, kind: job.name, jobId: job.id ?? null, order, ...(name && { [name]: id }) };
}

const idNames = {
  orders: "orderId",
  payments: "paymentId",
  notifications: "messageId",
  refunds: "refundId",
  disputes: "disputeId",
  webhook_events: "eventId",
  breaks: "breakId",
  webhook_endpoints: "endpointId",
  webhook_deliveries: "deliveryId",
  stripe_cursors: null,
} as const;
