import { codeOf, NotYet, Refused, Unavailable } from "../../errors.ts";
import { type Booked, type BookedKind, listBooked } from "../../orders/comparison/list-booked.ts";
import type { PaymentReads } from "../../payments/gateway.ts";
import { askAgain } from "../../stripe/ask-again.ts";
import { type Comparing, note } from "./comparing.ts";
import { orLater } from "./settle-difference.ts";

/** So many of a list are read one by one: more are missing only when something is wrong. */
const mostReads = 200;

/**
 * The other direction: what we booked and Stripe's lists had not is looked for, one by one.
 *
 * @throws Unavailable when some could not be looked for: the list is to be compared again
 */
export async function lookForUnlisted(comparing: Comparing, kind: BookedKind): Promise<void> {
  const { db, gateway, span, signal, seen, found } = comparing;
  const unreadBefore = found.unread;
  let reads = 0;
  let isTurnedAway = false;
  for await (const page of listBooked(db, kind, span)) {
    for (const booked of page.filter(({ objectId }) => !seen.has(objectId))) {
      signal.throwIfAborted();
      if (isTurnedAway || reads++ >= mostReads) {
        found.unread++;
        continue;
      }
      const missing = await orLater<string | null | undefined>(
        async () => {
          // Once more, and not oftener: failures in a row open the circuit for everybody.
          const stands = await askAgain(() => standsAtStripe(gateway, kind, booked), 1);
          return stands ? null : unknown;
        },
        (reason, error) => (error instanceof NotYet ? undefined : reason),
      );
      // Were the others asked for all the same, each would take a place in Stripe's line.
      isTurnedAway = missing === undefined;
      if (missing === undefined) found.unread++;
      else if (missing !== null) await noteMissing(comparing, booked, missing);
    }
  }
  const unread = found.unread - unreadBefore;
  if (unread > 0) throw new Unavailable("not_looked_for", `${unread} could not be looked for.`);
}

const unknown = "Stripe does not know it.";

async function noteMissing(comparing: Comparing, booked: Booked, reason: string): Promise<void> {
  const { objectId, paymentId, orderId, status, amountMinor } = booked;
  await note(comparing, {
    objectId,
    fault: "unknown_at_stripe",
    orderId,
    paymentId,
    ours: { status, amountMinor },
    theirs: null,
    outcome: null,
    reason,
  });
}

/** Whether Stripe has the object. It may be older or younger at Stripe than the list's span. */
export async function standsAtStripe(
  gateway: Pick<PaymentReads, "readIntent" | "refundsOf" | "disputesOf">,
  kind: BookedKind,
  { objectId, intentId }: Pick<Booked, "objectId" | "intentId">,
): Promise<boolean> {
  try {
    if (kind === "intents") return (await gateway.readIntent(intentId)).id === objectId;
    const list = kind === "refunds" ? gateway.refundsOf : gateway.disputesOf;
    return (await list(intentId)).some(({ id }) => id === objectId);
  } catch (error) {
    if (error instanceof Refused && codeOf(error) === "resource_missing") return false;
    throw error;
  }
}
