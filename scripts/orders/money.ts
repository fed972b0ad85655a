import { inDecimals } from "../../src/currencies.ts";

/** Such as 19.99 GBP: plain digits, for people and for cut(1). */
export function money(amountMinor: number, currency: string): string {
  return `${inDecimals(amountMinor, currency)} ${currency.toUpperCase()}`;
}
