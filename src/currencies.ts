/**
 * Stripe's currencies: how its minor units are written, and which amounts it charges. By
 * docs.stripe.com/currencies, as stored copies of 2026 show it, looked up on 2026-11-25.
 *
 * Stripe measures its minimum in the currency that an account is paid out in. Where that is not
 * the order's currency, the day's exchange rate decides, which nobody here knows: then Stripe may
 * still refuse an amount that passes this table. A currency without a published minimum has only
 * that one, and here the smallest amount that can be written.
 */

/** Every currency that a charge may be in. Gone are bgn and ang, in favour of eur and xcg. */
const charged = words(`
  aed afn all amd aoa ars aud awg azn bam bbd bdt bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf
  chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd
  hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad
  mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr
  pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd
  twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw`);

/**
 * Intl's own table differs for a dozen: a thousand forints are 100,000 minor units. Stripe also
 * lists ugx here, and says beside it that it is written with two decimals.
 */
const withoutDecimals = words("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf");

/** The last of the three must be 0: card networks carry two. */
const withThreeDecimals = words("bhd jod kwd omr tnd");

/** Written with two decimals for old times' sake, charged in whole units only. */
const wholeOnly = words("isk ugx");

/** In minor units. Neither huf nor twd is rounded in charges, only in payouts. */
const minimums: Readonly<Record<string, bigint>> = {
  aed: 200n,
  ars: 50n,
  aud: 50n,
  brl: 50n,
  cad: 50n,
  chf: 50n,
  cop: 50n,
  czk: 1_500n,
  dkk: 250n,
  eur: 50n,
  gbp: 30n,
  hkd: 400n,
  huf: 17_500n,
  idr: 50n,
  ils: 50n,
  inr: 50n,
  jpy: 50n,
  krw: 50n,
  mxn: 1_000n,
  myr: 200n,
  nok: 300n,
  nzd: 50n,
  php: 50n,
  pln: 200n,
  ron: 200n,
  rub: 50n,
  sek: 300n,
  sgd: 50n,
  thb: 1_000n,
  usd: 50n,
  zar: 50n,
};

/** Most cards would take twelve digits; the other ways to pay take these, and eight elsewhere. */
const longest: Readonly<Record<string, bigint>> = {
  idr: 999_999_999_999n,
  cop: 9_999_999_999n,
  inr: 999_999_999n,
};
const largestElsewhere = 99_999_999n;

/** Whether Stripe charges in this currency: its code in lower case, as Stripe writes it. */
export function isCurrency(code: string): boolean {
  return charged.has(code);
}

/** How many decimals the minor units of a currency have in Stripe's eyes. */
export function decimalsOf(currency: string): 0 | 2 | 3 {
  if (withoutDecimals.has(currency)) return 0;
  return withThreeDecimals.has(currency) ? 3 : 2;
}

/** Why Stripe would not charge an amount, as a sentence that names the amount and the limit. */
export type ChargeFault = { kind: "uneven" | "too_large" | "too_small"; message: string };

export function chargeFault(amountMinor: number | bigint, currency: string): ChargeFault | null {
  const amount = BigInt(amountMinor);
  const said = (minor: bigint) => `${inDecimals(minor, currency)} ${currency.toUpperCase()}`;
  const step = stepOf(currency);
  const largest = longest[currency] ?? largestElsewhere;
  const minimum = minimums[currency] ?? step;
  if (amount % step !== 0n) {
    const message = `${said(amount)} can't be charged: Stripe takes steps of ${said(step)}.`;
    return { kind: "uneven", message };
  }
  if (amount > largest) {
    const message = `${said(amount)} is above Stripe's largest amount of ${said(largest)}.`;
    return { kind: "too_large", message };
  }
  if (amount < minimum) {
    const message = `${said(amount)} is below Stripe's minimum of ${said(minimum)}.`;
    return { kind: "too_small", message };
  }
  return null;
}

/** What is wrong with an amount to give back: any part of a charge will do, in Stripe's steps. */
export function refundFault(amountMinor: number, currency: string): string | null {
  const step = stepOf(currency);
  if (BigInt(amountMinor) % step === 0n) return null;
  return `Stripe gives ${currency.toUpperCase()} back in steps of ${inDecimals(step, currency)}.`;
}

/** What is wrong with the price of one piece. It may be less than a charge, and even nothing. */
export function priceFault(priceMinor: number, currency: string): ChargeFault | null {
  const fault = chargeFault(priceMinor, currency);
  return fault?.kind === "too_small" ? null : fault;
}

/** Minor units as decimal digits, exactly: 1999 of gbp is "19.99". No float ever holds money. */
export function inDecimals(amountMinor: number | bigint, currency: string): string {
  const decimals = decimalsOf(currency);
  const amount = BigInt(amountMinor);
  const digits = String(amount < 0n ? -amount : amount).padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  const fraction = decimals === 0 ? "" : `.${digits.slice(point)}`;
  return `${amount < 0n ? "-" : ""}${digits.slice(0, point)}${fraction}`;
}

/** Stripe takes and gives back multiples of so many minor units. */
export function stepOf(currency: string): bigint {
  if (wholeOnly.has(currency)) return 100n;
  return withThreeDecimals.has(currency) ? 10n : 1n;
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}
