import { Refused } from "../errors.ts";
import { claimKeys, type KeyClaim } from "./idempotency.ts";
import type { Trx } from "./transaction.ts";

/**
 * Does something once per idempotency key, in the transaction of the key: what comes again under
 * the key finds what the first request made.
 *
 * @throws Refused where the key came with another request
 */
export async function oncePerKey<Answer>(
  trx: Trx,
  claim: KeyClaim,
  work: { first(resourceId: string): Promise<Answer>; again(resourceId: string): Promise<Answer> },
): Promise<{ answer: Answer; replayed: boolean }> {
  const [verdict] = await claimKeys(trx, [claim]);
  if (verdict && "error" in verdict) throw verdict.error;
  if (verdict?.first !== false) {
    return { answer: await work.first(claim.resourceId), replayed: false };
  }
  if (verdict.sameRequest) {
    return { answer: await work.again(verdict.resourceId), replayed: true };
  }
  throw new Refused(
    "idempotency_key_reused",
    "This Idempotency-Key came before with a different request. Use a new key for a new one.",
  );
}
