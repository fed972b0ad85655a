import type { Books } from "../books.ts";
import type { Charge, Intent } from "./objects.ts";

/** What Stripe's side says of one intent, counted from its charges and not from its status. */
type LedgerLine = {
  id: string;
  orderId: string | null;
  paymentId: string | null;
  installation: string | null;
  amount: number;
  currency: string;
  status: Intent["status"];
  capturedMinor: number;
  refundedMinor: number;
  chargesSucceeded: number;
  chargesFailed: number;
  metadata: Intent["metadata"];
};

export type Ledger = {
  totals: {
    intents: number;
    byStatus: Record<string, number>;
    capturedMinor: Record<string, number>;
    refundedMinor: Record<string, number>;
    chargesSucceeded: number;
    chargesFailed: number;
  };
  intents: LedgerLine[];
};

/** The sandbox's own books: the witness to which Aurora's are compared. */
export function readLedger(books: Books, orderId?: string): Ledger {
  const charges = chargesByIntent(books.charges.rows);
  const lines = books.intents.rows
    .map((intent) => lineOf(intent, charges.get(intent.id) ?? []))
    .filter((line) => orderId === undefined || line.orderId === orderId);
  return { totals: totalsOf(lines), intents: lines };
}

function chargesByIntent(charges: readonly Charge[]): Map<string, Charge[]> {
  const byIntent = new Map<string, Charge[]>();
  for (const charge of charges) {
    const others = byIntent.get(charge.payment_intent);
    if (others) others.push(charge);
    else byIntent.set(charge.payment_intent, [charge]);
  }
  return byIntent;
}

function lineOf(intent: Intent, charges: readonly Charge[]): LedgerLine {
  const { id, amount, currency, status, metadata } = intent;
  return {
    id,
    orderId: metadata["order_id"] ?? null,
    paymentId: metadata["payment_id"] ?? null,
    installation: metadata["aurora_installation"] ?? null,
    amount,
    currency,
    status,
    capturedMinor: charges.reduce((sum, charge) => sum + charge.amount_captured, 0),
    refundedMinor: charges.reduce((sum, charge) => sum + charge.amount_refunded, 0),
    chargesSucceeded: charges.filter((charge) => charge.status === "succeeded").length,
    chargesFailed: charges.filter((charge) => charge.status === "failed").length,
    metadata,
  };
}

function totalsOf(lines: readonly LedgerLine[]): Ledger["totals"] {
  const totals: Ledger["totals"] = {
    intents: lines.length,
    byStatus: {},
    capturedMinor: {},
    refundedMinor: {},
    chargesSucceeded: 0,
    chargesFailed: 0,
  };
  for (const line of lines) {
    add(totals.byStatus, line.status, 1);
    add(totals.capturedMinor, line.currency, line.capturedMinor);
    add(totals.refundedMinor, line.currency, line.refundedMinor);
    totals.chargesSucceeded += line.chargesSucceeded;
    totals.chargesFailed += line.chargesFailed;
  }
  return totals;
}

function add(sums: Record<string, number>, name: string, value: number): void {
  sums[name] = (sums[name] ?? 0) + value;
}
