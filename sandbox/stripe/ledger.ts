import type { Books } from "../books.ts";
import type { Dispute, Refund } from "./money-objects.ts";
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
  /** What is on its way back or has arrived. */
  refundedMinor: number;
  refunds: Pick<Refund, "id" | "amount" | "status" | "metadata">[];
  /** What a bank has taken back and not returned. */
  disputedMinor: number;
  disputes: Pick<Dispute, "id" | "status" | "amount">[];
  feesMinor: number;
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
    disputedMinor: Record<string, number>;
    feesMinor: Record<string, number>;
    refunds: number;
    disputes: number;
    chargesSucceeded: number;
    chargesFailed: number;
  };
  intents: LedgerLine[];
};

/** All that happened to one intent. */
type Account = { charges: Charge[]; refunds: Refund[]; disputes: Dispute[]; feesMinor: number };

/** The sandbox's own books: the witness to which Aurora's are compared. */
export function readLedger(books: Books, orderId?: string): Ledger {
  const accountOf = accountsOf(books);
  const lines = books.intents.rows
    .filter(({ metadata }) => orderId === undefined || metadata["order_id"] === orderId)
    .map((intent) => lineOf(intent, accountOf(intent.id)));
  return { totals: totalsOf(lines), intents: lines };
}

function accountsOf(books: Books): (intentId: string) => Account {
  const accounts = new Map<string, Account>();
  const bySource = new Map<string, Account>();
  const accountOf = (intentId: string) => {
    const known = accounts.get(intentId);
    if (known) return known;
    const account: Account = { charges: [], refunds: [], disputes: [], feesMinor: 0 };
    accounts.set(intentId, account);
    return account;
  };
  for (const name of ["charges", "refunds", "disputes"] as const) {
    for (const row of books[name].rows) {
      const account = accountOf(row.payment_intent);
      (account[name] as { id: string }[]).push(row);
      bySource.set(row.id, account);
    }
  }
  for (const { source, fee } of books.transactions.rows) {
    const account = bySource.get(source);
    if (account) account.feesMinor += fee;
  }
  return accountOf;
}

function lineOf(intent: Intent, account: Account): LedgerLine {
  const { id, amount, currency, status, metadata } = intent;
  const { charges, refunds, disputes } = account;
  const refunded = refunds.filter(({ status }) => status !== "failed" && status !== "canceled");
  return {
    id,
    orderId: metadata["order_id"] ?? null,
    paymentId: metadata["payment_id"] ?? null,
    installation: metadata["aurora_installation"] ?? null,
    amount,
    currency,
    status,
    capturedMinor: charges.reduce((sum, charge) => sum + charge.amount_captured, 0),
    refundedMinor: sumOf(refunded),
    refunds: refunds.map(({ id, amount, status, metadata }) => ({ id, amount, status, metadata })),
    disputedMinor: sumOf(
      disputes.filter(({ status }) => status !== "won" && !status.startsWith("warning_")),
    ),
    disputes: disputes.map(({ id, status, amount }) => ({ id, status, amount })),
    feesMinor: account.feesMinor,
    chargesSucceeded: charges.filter((charge) => charge.status === "succeeded").length,
    chargesFailed: charges.filter((charge) => charge.status === "failed").length,
    metadata,
  };
}

const summed = ["capturedMinor", "refundedMinor", "disputedMinor", "feesMinor"] as const;

function totalsOf(lines: readonly LedgerLine[]): Ledger["totals"] {
  const totals: Ledger["totals"] = {
    intents: lines.length,
    byStatus: {},
    capturedMinor: {},
    refundedMinor: {},
    disputedMinor: {},
    feesMinor: {},
    refunds: 0,
    disputes: 0,
    chargesSucceeded: 0,
    chargesFailed: 0,
  };
  for (const line of lines) {
    add(totals.byStatus, line.status, 1);
    for (const name of summed) add(totals[name], line.currency, line[name]);
    totals.refunds += line.refunds.length;
    totals.disputes += line.disputes.length;
    totals.chargesSucceeded += line.chargesSucceeded;
    totals.chargesFailed += line.chargesFailed;
  }
  return totals;
}

function add(sums: Record<string, number>, name: string, value: number): void {
  sums[name] = (sums[name] ?? 0) + value;
}

function sumOf(rows: readonly { amount: number }[]): number {
  return rows.reduce((sum, { amount }) => sum + amount, 0);
}
