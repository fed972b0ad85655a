import { type Locale, type Words, wordsOf } from "./locales/dictionaries.ts";

/** Why a payment was declined, in plain words: for mails, and for the API to show. */
export function declineSentence(code: string | null, locale: Locale): string {
  return wordsOf(locale).declines[declineKind(code)];
}

/**
 * Stripe's decline codes, by what a customer can do about them. A stolen card or a suspicion of
 * fraud is not among them: Stripe asks to show those as a decline without a reason.
 */
const declineKinds = {
  insufficient_funds: "funds",
  withdrawal_count_limit_exceeded: "limit",
  card_velocity_exceeded: "limit",
  expired_card: "expired",
  incorrect_number: "details",
  incorrect_cvc: "details",
  incorrect_zip: "details",
  incorrect_address: "details",
  invalid_number: "details",
  invalid_cvc: "details",
  invalid_expiry_month: "details",
  invalid_expiry_year: "details",
  authentication_failed: "confirmation",
  authentication_required: "confirmation",
  authentication_not_handled: "confirmation",
  payment_intent_authentication_failure: "confirmation",
  card_not_supported: "unsupported",
  currency_not_supported: "unsupported",
  transaction_not_allowed: "unsupported",
  service_not_allowed: "unsupported",
  processing_error: "hiccup",
  issuer_not_available: "hiccup",
  reenter_transaction: "hiccup",
  try_again_later: "hiccup",
} as const satisfies Record<string, keyof Words["declines"]>;

function declineKind(reason: string | null): keyof Words["declines"] {
  const known = Object.hasOwn(declineKinds, reason ?? "");
  return known ? declineKinds[reason as keyof typeof declineKinds] : "unsaid";
}
