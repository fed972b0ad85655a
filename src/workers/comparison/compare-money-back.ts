import {
  type BookedMoneyBack,
  lookUpMoneyBack,
  type MoneyBack,
  type MoneyBackKind,
} from "../../orders/comparison/look-up-money-back.ts";
import type { PaymentGateway, Span } from "../../payments/gateway.ts";
import { type BooksMeans, type Comparing, note } from "./comparing.ts";
import { listPatiently } from "./list-patiently.ts";
import { attempt, orLater, type Settled } from "./settle-difference.ts";

type Listed = MoneyBack & { createdAt: Date };

/** A bank may return a refund weeks after it succeeded: at these ages they are looked at again. */
const refundAges = [7, 30];

/** Lists refunds once more that have been at rest for long, each at each age: by the night. */
export async function compareOldRefunds(comparing: Comparing, reached: Date): Promise<void> {
  const { until } = comparing.span;
  for (const days of refundAges) {
    const before = (date: Date) => new Date(date.getTime() - days * 24 * 3_600_000);
    const span = { since: before(reached), until: before(until) };
    await compareMoneyBack({ ...comparing, span }, "refunds");
  }
}

/** Compares Stripe's refunds, or its disputes, with our rows, page by page. */
export async function compareMoneyBack(comparing: Comparing, kind: MoneyBackKind): Promise<void> {
  const { db, gateway, ownership, span, signal, seen, found } = comparing;
  for await (const page of listPatiently(listOf(gateway, kind), span, signal)) {
    signal.throwIfAborted();
    for (const { id } of page) seen.add(id);
    found[kind] += page.length;
    if (page.length === 0) continue;
    const byId = new Map((await lookUpMoneyBack(db, kind, page)).map((each) => [each.id, each]));
    for (const theirs of page) {
      const booked = byId.get(theirs.id);
      if (!booked) continue;
      if (booked.orphan !== null) {
        if (theirs.status === "failed" && booked.orphan !== "failed") {
          await note(comparing, breakOf(theirs, booked, { outcome: null, reason: returned }));
        }
      } else if (booked.paymentId !== null) {
        if (!agree(theirs, booked)) await meetDifference(comparing, kind, theirs, booked);
      } else if (theirs.installation === ownership.installation) {
        await note(comparing, breakOf(theirs, booked, { outcome: null, reason: strange }));
      } else found.foreign++;
    }
  }
}

const returned = "The money of an order that we don't know went back, and its bank returned it.";
const strange = "It bears our stamp, and its intent is no payment's of ours.";

/** Reads all refunds or disputes of the payment, applies them, and looks whether that helped. */
export async function settleMoneyBack(
  { db, syncs, gateway }: Pick<BooksMeans, "db" | "syncs" | "gateway">,
  kind: MoneyBackKind,
  id: string,
  { paymentId, intentId }: { paymentId: string; intentId: string },
): Promise<Settled> {
  const failure = await attempt(() => syncs[kind](paymentId));
  const list = kind === "refunds" ? gateway.refundsOf : gateway.disputesOf;
  const theirs = (await list(intentId)).find((each) => each.id === id);
  const [booked] = theirs ? await lookUpMoneyBack(db, kind, [theirs]) : [];
  if (theirs && booked && agree(theirs, booked)) return { outcome: "applied" };
  return { outcome: null, reason: failure ?? `Still different after reading ${kind} again.` };
}

async function meetDifference(
  comparing: Comparing,
  kind: MoneyBackKind,
  theirs: MoneyBack,
  booked: BookedMoneyBack,
): Promise<void> {
  const { paymentId } = booked;
  const { id, intentId } = theirs;
  if (paymentId === null || intentId === null) return;
  const settled = await orLater<Settled>(
    () => settleMoneyBack(comparing, kind, id, { paymentId, intentId }),
    (reason) => ({ outcome: null, reason }),
  );
  const isNew = booked.status === null && settled.outcome !== null;
  await note(comparing, breakOf(theirs, booked, isNew ? { outcome: "adopted" } : settled));
}

function breakOf(theirs: MoneyBack, booked: BookedMoneyBack, settled: Settled) {
  const { id, status, amountMinor, currency, intentId } = theirs;
  const { paymentId, orderId } = booked;
  return {
    objectId: id,
    fault: booked.status === null ? ("unknown_here" as const) : ("differs" as const),
    orderId,
    paymentId,
    ours:
      booked.status === null ? null : { status: booked.status, amountMinor: booked.amountMinor },
    theirs: { status, amountMinor, currency, intentId },
    ...settled,
  };
}

function agree(theirs: MoneyBack, { status, amountMinor }: BookedMoneyBack): boolean {
  return theirs.status === status && theirs.amountMinor === amountMinor;
}

function listOf(
  gateway: PaymentGateway,
  kind: MoneyBackKind,
): (span: Span) => AsyncIterable<Listed[]> {
  return kind === "refunds" ? gateway.listRefunds : gateway.listDisputes;
}
