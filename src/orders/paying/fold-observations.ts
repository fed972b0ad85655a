import type { Observation } from "../../payments/intent.ts";
import type { PaymentRow } from "./payment-rows.ts";

/**
 * One observation for each payment: of its own intent, what is final, else the latest look. Two of
 * one payment in a batch would both be judged by the same row, and only one would be written.
 */
export function foldObservations(
  observations: readonly Observation[],
  rows: ReadonlyMap<string, Pick<PaymentRow, "intentId">>,
): Map<string, Observation> {
  const decisive = new Map<string, Observation>();
  for (const observation of observations) {
    const known = decisive.get(observation.paymentId);
    const intentId = rows.get(observation.paymentId)?.intentId ?? null;
    if (!known || outweighs(observation, known, intentId)) {
      decisive.set(observation.paymentId, observation);
    }
  }
  return decisive;
}

function outweighs(one: Observation, other: Observation, intentId: string | null): boolean {
  const [its, others] = [isItsOwn(one, intentId), isItsOwn(other, intentId)];
  if (its !== others) return its;
  if (isFinal(one) !== isFinal(other)) return isFinal(one);
  return one.observedAt > other.observedAt;
}

function isItsOwn({ paymentId, intent }: Observation, intentId: string | null): boolean {
  return intent.paymentId === paymentId && (intentId === null || intent.id === intentId);
}

function isFinal({ intent }: Observation): boolean {
  return intent.status === "captured" || intent.status === "cancelled";
}
