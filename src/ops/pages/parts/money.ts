import { formatMoney } from "../../../notifications/format.ts";
import { type Html, html } from "../html.ts";

/** An amount as people read it, by its currency's own decimals. */
export function moneyText(amountMinor: number, currency: string): string {
  return formatMoney(amountMinor, currency.toUpperCase(), "en");
}

export function money(amountMinor: number, currency: string): Html {
  return html`<span class="money">${moneyText(amountMinor, currency)}</span>`;
}

export type Sum = { currency: string; amountMinor: number };

/** Sums in several currencies, side by side: they are never added up. */
export function sums(all: readonly Sum[]): Html {
  const present = all.filter(({ amountMinor }) => amountMinor !== 0);
  if (present.length === 0) return html`<span class="soft">no money</span>`;
  return html`<span class="money">${present
    .map(({ amountMinor, currency }) => moneyText(amountMinor, currency))
    .join(" + ")}</span>`;
}
