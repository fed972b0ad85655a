import { invalidParameter } from "./problems.ts";

/** The currencies that Stripe's documentation lists for charges. */
const CURRENCIES = new Set(
  `usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn
  bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf
  gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr
  lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen
  pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd
  top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw`.split(/\s+/),
);

/**
 * Currencies whose amounts must end in zeros: three decimals of which Stripe takes two, and
 * two decimals by Stripe's table although the coins have gone.
 */
const ROUND_TO: Record<string, number> = {
  bhd: 10,
  jod: 10,
  kwd: 10,
  omr: 10,
  tnd: 10,
  isk: 100,
  ugx: 100,
};

/** Eight digits: Stripe's limit for an amount in most currencies. */
const MAX_AMOUNT = 99_999_999;

export function readCurrency(text: string): string {
  const currency = text.toLowerCase();
  if (CURRENCIES.has(currency)) return currency;
  throw invalidParameter(
    "currency",
    "invalid_currency",
    `Invalid currency: ${text}. Stripe takes three letters of a currency that it knows.`,
  );
}

export function readAmount(text: string, currency: string): number {
  if (!/^-?\d+$/.test(text)) {
    throw invalidParameter("amount", "parameter_invalid_integer", `Invalid integer: ${text}`);
  }
  const amount = Number(text);
  if (amount < 1) {
    throw invalidParameter("amount", "parameter_invalid_integer", "The amount must be at least 1.");
  }
  if (amount > MAX_AMOUNT) {
    throw invalidParameter(
      "amount",
      "amount_too_large",
      `The amount must be no more than ${MAX_AMOUNT}.`,
    );
  }
  if (amount % (ROUND_TO[currency] ?? 1) !== 0) {
    throw invalidParameter(
      "amount",
      "parameter_invalid_integer",
      `Amounts in ${currency} must be divisible by ${ROUND_TO[currency]}.`,
    );
  }
  return amount;
}
