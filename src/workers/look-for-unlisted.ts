import { codeOf, Refused } from "../errors.ts";
import { type Booked, type BookedKind, listBooked } from "../orders/list-booked.ts";
import type { PaymentReads } from "../payments/gateway.ts";
import { type Comparing, note } from "./books.ts";
import { orLater } from "./settle-difference.ts";

/** So many are read one by one in a comparison: more are missing only when something is wrong. */
const mostReads = 200;

/** The other direction: what we booked and Stripe's lists had not is looked for, one by one. */
export async function lookForUnlisted(comparing: Comparing): Promise<void> {
  const { db, gateway, span, signal, seen, found } = comparing;
  let reads = 0;
  for (const kind of ["intents", "refunds", "disputes"] as const) {
    for await (const page of listBooked(db, kind, span)) {
      for (const booked of page.filter(({ objectId }) => !seen[kind].has(objectId))) {
        signal.throwIfAborted();
        if (reads >= mostReads) {
          found.unread++;
          continue;
        }
        reads++;
        const stands = await orLater<boolean | null>(
          () => standsAtStripe(gateway, kind, booked),
          () => null,
        );
        if (stands === null) found.unread++;
        if (stands === false) await noteMissing(comparing, booked);
      }
    }
  }
}

async function noteMissing(comparing: Comparing, booked: Booked): Promise<void> {
  const { objectId, paymentId, orderId, status, amountMinor } = booked;
  await note(comparing, {
    objectId,
    fault: "unknown_at_stripe",
    orderId,
    paymentId,
    ours: { status, amountMinor },
    theirs: null,
    outcome: null,
    reason: "Stripe does not know it.",
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
