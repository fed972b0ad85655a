import type { Observation } from "../payments/intent.ts";

/**
 * One observation for each payment: what is final, else the latest look. Two of one payment in
 * a batch would both be judged by the same row, and only one of them would be written.
 */
export function foldObservations(observations: readonly Observation[]): Map<string, Observation> {
  const decisive = new Map<string, Observation>();
  for (const observation of observations) {
    const known = decisive.get(observation.paymentId);
    if (!known || outweighs(observation, known)) decisive.set(observation.paymentId, observation);
  }
  return decisive;
}

function outweighs(one: Observation, other: Observation): boolean {
  if (isItsOwn(one) !== isItsOwn(other)) return isItsOwn(one);
  if (isFinal(one) !== isFinal(other)) return isFinal(one);
  return one.observedAt > other.observedAt;
}

function isItsOwn({ paymentId, intent }: Observation): boolean {
  return intent.paymentId === paymentId;
}

function isFinal({ intent }: Observation): boolean {
  return intent.status === "captured" || intent.status === "cancelled";
}
