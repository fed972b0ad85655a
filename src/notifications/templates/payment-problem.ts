import { InvariantBroken } from "../../errors.ts";
import type { MessageFacts } from "../facts.ts";
import type { Words } from "../locales/en.ts";
import { goods } from "./goods.ts";
import type { Block, WriteLetter } from "./letter.ts";
import { heldUntil, hello } from "./person.ts";

/**
 * A payment was declined: why, until when the goods are held, and the way to pay again. Without
 * a link the order can no longer be paid, so then it promises neither goods nor another try.
 */
export const paymentProblem: WriteLetter = (facts, words) => {
  const reason = words.declines[declineKind(facts.declineReason)];
  const { payUrl } = facts;
  return {
    subject: words.problem.subject(facts.orderNumber),
    preview: payUrl === null ? reason : words.problem.preview(heldUntil(facts)),
    tone: "attention",
    badge: words.problem.badge,
    heading: words.problem.heading,
    blocks: [
      hello(facts, words),
      { kind: "paragraph", text: reason },
      ...(payUrl === null ? [] : payAgain(payUrl, facts, words)),
      goods(facts, words),
    ],
  };
};

function payAgain(url: string, facts: MessageFacts, words: Words): Block[] {
  if (!/^https?:\/\/\S+$/.test(url)) {
    throw new InvariantBroken(
      "pay_url_is_no_address",
      "The link to pay again is no http address: PAY_URL_TEMPLATE needs one.",
    );
  }
  const { button: label, assurance: note } = words.problem;
  return [
    { kind: "paragraph", text: words.problem.held(heldUntil(facts)) },
    { kind: "button", label, url, note },
  ];
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
