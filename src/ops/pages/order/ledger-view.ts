import type { LedgerAccount } from "../../../payments/lifecycle.ts";
import { type Html, html } from "../html.ts";
import { clock } from "../parts/moment.ts";
import { money } from "../parts/money.ts";
import { table } from "../parts/table.ts";
import { count, inWords } from "../parts/words.ts";

export type LedgerLine = {
  /** What moved, such as capture:<payment's id>. */
  movement: string;
  account: LedgerAccount;
  amountMinor: number;
  currency: string;
  at: Date;
};

const accounts: Record<LedgerAccount, string> = {
  stripe: "Our balance at Stripe",
  sales: "Sales",
  fees: "Stripe's fees",
  disputed: "Disputed, at the bank",
  losses: "Lost to disputes",
  external: "Paid by other means",
};

/** What each kind of movement is, in plain words. */
const kinds: Record<string, string> = {
  capture: "Payment",
  fee: "Fee of the payment",
  refund: "Refund",
  refund_failed: "Refund that came back",
  dispute: "Dispute",
  dispute_fee: "Fee of the dispute",
  dispute_lost: "Dispute lost",
  dispute_reinstated: "Lost dispute taken up again",
};

/** What was booked for the order: each movement takes from one account what it gives to another. */
export function ledgerView(lines: readonly LedgerLine[]): Html {
  if (lines.length === 0) return html``;
  const movements = [...new Set(lines.map(({ movement }) => movement))];
  const columns = [
    { title: "What", leads: true },
    { title: "From" },
    { title: "To" },
    { title: "When" },
    { title: "Amount", align: "end" as const },
  ];
  const rows = movements.map((movement) => rowOf(lines.filter((one) => one.movement === movement)));
  return html`<details class="panel" id="ledger"><summary><h2>Ledger</h2>
<span class="small-print">${count(movements.length, "movement")}</span></summary>
${table("What was booked for this order", columns, rows)}</details>`;
}

function rowOf(sides: readonly LedgerLine[]) {
  const from = sides.find(({ amountMinor }) => amountMinor < 0);
  const to = sides.find(({ amountMinor }) => amountMinor > 0);
  const [{ movement, at, currency, amountMinor }] = sides as [LedgerLine];
  const [kind = ""] = movement.split(":");
  return [
    kinds[kind] ?? inWords(kind),
    from ? accounts[from.account] : "",
    to ? accounts[to.account] : "",
    clock(at),
    money(Math.abs(amountMinor), currency),
  ];
}
