import { decimalsOf, inDecimals } from "../currencies.ts";
import { InvariantBroken } from "../errors.ts";
import { type Locale, wordsOf } from "./locales/dictionaries.ts";

/** British English: it writes US$ and A$ where American English leaves the reader to guess. */
const tagOf = (locale: Locale) => wordsOf(locale).about.tag;

/** Puts values where a text names them in braces. */
export function fill(text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value !== undefined) return value;
    throw new InvariantBroken("words_without_value", `"${text}" is given no {${name}}.`);
  });
}

/** Making an Intl formatter costs more than a whole mail, so each kind is made once. */
function once<Formatter>(make: (key: string) => Formatter): (key: string) => Formatter {
  const made = new Map<string, Formatter>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const formatter = make(key);
    if (made.size < rememberedFormatters) made.set(key, formatter);
    return formatter;
  };
}
const rememberedFormatters = 500;

const moneyFormat = once((key) => {
  const [tag, currency, currencyDisplay] = key.split(" ") as [string, string, "symbol" | "code"];
  const decimals = decimalsOf(currency.toLowerCase());
  return new Intl.NumberFormat(tag, {
    style: "currency",
    currency,
    currencyDisplay,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
});

/** 1999 of "eur" reads €19.99, and 1999 of "jpy" JP¥1,999; a discount has a minus sign. */
export function formatMoney(
  amountMinor: number,
  currency: string,
  locale: Locale,
  display: "symbol" | "code" = "symbol",
): string {
  if (!Number.isSafeInteger(amountMinor)) {
    throw new RangeError(`${amountMinor} is no amount in minor units: it needs a safe integer.`);
  }
  const format = moneyFormat(`${tagOf(locale)} ${currency} ${display}`);
  // Handed over as digits: division by 100 would round the largest amounts.
  const digits = inDecimals(amountMinor, currency.toLowerCase()) as `${number}`;
  return format.format(digits).replace("-", "−");
}

const numberFormat = once((tag) => new Intl.NumberFormat(tag));

export function formatNumber(count: number, locale: Locale): string {
  return numberFormat(tagOf(locale)).format(count);
}

const momentFormat = once((key) => {
  const [tag, timeZone] = key.split(" ");
  return new Intl.DateTimeFormat(tag, {
    year: "numeric",
    month: "long",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZone,
    timeZoneName: "short",
  });
});

/** A point in time with its zone: "23 November 2026 at 14:30 UTC". */
export function formatMoment(moment: Date, locale: Locale, timeZone = "UTC"): string {
  const text = momentFormat(`${tagOf(locale)} ${timeZone}`).format(moment);
  return text.replace(/^(\d+) /, "$1\u00a0");
}

const pluralRules = once((tag) => new Intl.PluralRules(tag));

/** The form that goes with a count: 1 товар, 2 товара, 5 товаров. */
export function counted(
  count: number,
  locale: Locale,
  forms: Partial<Record<Intl.LDMLPluralRule, string>> & { other: string },
): string {
  const form = forms[pluralRules(tagOf(locale)).select(count)] ?? forms.other;
  return fill(form, { count: formatNumber(count, locale) });
}

const countryNames = once((tag) => new Intl.DisplayNames(tag, { type: "region" }));

/** "GB" reads United Kingdom; what is no country's code stays as it is. */
export function countryName(code: string, locale: Locale): string {
  return /^[A-Z]{2}$/.test(code) ? (countryNames(tagOf(locale)).of(code) ?? code) : code;
}

/**
 * Somebody's words on one line of bounded length. Line breaks would end a mail's header, and
 * marks that turn the direction of writing would let a name rearrange the text around it.
 */
export function oneLine(text: string, longest = 200): string {
  const line = text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, "")
    .trim();
  if (line.length <= longest) return line;
  const letters = Array.from(line);
  return letters.length <= longest ? line : `${letters.slice(0, longest - 1).join("")}…`;
}
