import { invalidParameter } from "./problems.ts";

/** The currencies that Stripe's documentation lists for charges. */
const CURRENCIES = new Set(
  `usd aed afn all amd aoa ars aud awg azn bam bbd bdt bhd bif bmd bnd bob brl bsd bwp byn
  bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf
  gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr
  lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen
  pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd
  top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw`.split(/\s+/),
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

/** The least that may be charged, where the documentation names it: in minor units. */
const MINIMUM: Record<string, number> = Object.fromEntries(
  Object.entries({
    30: "gbp",
    50: "usd ars aud brl cad chf cop eur idr ils inr jpy krw nzd php rub sgd zar",
    200: "aed myr pln ron",
    250: "dkk",
    300: "nok sek",
    400: "hkd",
    1000: "mxn thb",
    1500: "czk",
    17500: "huf",
  }).flatMap(([least, codes]) => codes.split(" ").map((code) => [code, Number(least)])),
);

/** Eight digits, and more where the documentation says so: for ways to pay other than cards. */
const MAX_AMOUNT = 99_999_999;
const MAX_AMOUNTS: Record<string, number> = { cop: 1e10 - 1, idr: 1e12 - 1, inr: 1e9 - 1 };

export function readCurrency(text: string): string {
  const currency = text.toLowerCase();
  if (CURRENCIES.has(currency)) return currency;
  throw invalidParameter(
    "currency",
    "invalid_currency",
    `Invalid currency: ${text}. Stripe takes three letters of a currency that it knows.`,
  );
}

/** What may be charged: Stripe takes no less than a minimum that each currency has. */
export function readCharge(text: string, currency: string): number {
  const amount = readRefundAmount(text, currency);
  const least = MINIMUM[currency] ?? 1;
  if (amount < least) {
    const message = `Amounts in ${currency} must be at least ${least}.`;
    throw invalidParameter("amount", "amount_too_small", message);
  }
  return amount;
}

/** What may be given back: any part of a charge, however small. */
export function readRefundAmount(text: string, currency: string): number {
  if (!/^-?\d+$/.test(text)) {
    throw invalidParameter("amount", "parameter_invalid_integer", `Invalid integer: ${text}`);
  }
  const amount = Number(text);
  if (amount < 1) {
    throw invalidParameter("amount", "parameter_invalid_integer", "The amount must be at least 1.");
  }
  const most = MAX_AMOUNTS[currency] ?? MAX_AMOUNT;
  if (amount > most) {
    throw invalidParameter(
      "amount",
      "amount_too_large",
      `The amount must be no more than ${most}.`,
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
