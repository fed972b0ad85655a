import { maskText } from "../../access/mask.ts";
import type { OrderFacts } from "../../facts/facts.ts";

const masked = (text: string | null) => (text === null ? null : maskText(text));

/**
 * An order's facts without what suppliers and people wrote of persons into free texts: for those
 * who may not know them.
 */
export function maskFacts(facts: OrderFacts): OrderFacts {
  const waiting = <Row extends { lastError: string | null }>(row: Row): Row => ({
    ...row,
    lastError: masked(row.lastError),
  });
  return {
    ...facts,
    order: { ...waiting(facts.order), customerRef: masked(facts.order.customerRef) },
    events: facts.events.map((event) => ({ ...event, detail: maskDetail(event.detail) })),
    payments: facts.payments.map((each) => ({
      ...waiting(each),
      reference: masked(each.reference),
    })),
    refunds: facts.refunds.map((each) => ({ ...waiting(each), note: masked(each.note) })),
    disputes: facts.disputes.map(waiting),
    messages: facts.messages.map((each) => ({ ...waiting(each), reason: masked(each.reason) })),
    inbox: facts.inbox.map(waiting),
    breaks: facts.breaks.map(waiting),
    acts: facts.acts.map((act) => ({ ...act, reason: maskText(act.reason) })),
    jobs:
      facts.jobs?.map((job) => ({ ...job, failedReason: masked(job.failedReason) })) ?? facts.jobs,
  };
}

function maskDetail(detail: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(detail).map(([key, value]) => [
      key,
      typeof value === "string" ? maskText(value) : value,
    ]),
  );
}
