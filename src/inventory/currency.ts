const known = new Set(Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()));

/** Whether this is an ISO 4217 code in lower case, such as gbp: as Stripe writes them. */
export function isCurrency(code: string): boolean {
  return known.has(code);
}
