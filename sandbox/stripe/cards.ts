import type { PaymentMethod } from "./objects.ts";
import { docUrl, Problem } from "./problems.ts";

/** How a test payment method behaves when it is charged. */
export type TestCard = {
  id: string;
  title: string;
  brand: string;
  last4: string;
  /** The bank asks the cardholder first. */
  authenticates?: boolean;
  decline?: Decline;
  /** The money takes days: the intent stays in processing until somebody says how it ended. */
  processes?: boolean;
  /** The cardholder takes the payment back at once, for this reason. */
  disputes?: string;
  /** The dispute is only an inquiry. */
  inquiry?: boolean;
  /** Its refunds are pending until somebody says how they ended. */
  refundsPend?: boolean;
};

export type Decline = { code: string; declineCode?: string; message: string };

const declined = (declineCode: string): Decline => ({
  code: "card_declined",
  declineCode,
  message: "Your card was declined.",
});

const insufficientFunds: Decline = {
  code: "card_declined",
  declineCode: "insufficient_funds",
  message: "Your card has insufficient funds.",
};

export const genericDecline = declined("generic_decline");

const visa = (
  id: string,
  last4: string,
  title: string,
  rest: Partial<TestCard> = {},
): TestCard => ({
  id,
  title,
  brand: "visa",
  last4,
  ...rest,
});

/** Stripe's test payment methods, by the ids of its testing page. */
const testCards: TestCard[] = [
  visa("pm_card_visa", "4242", "Visa, pays"),
  { id: "pm_card_mastercard", title: "Mastercard, pays", brand: "mastercard", last4: "4444" },
  { id: "pm_card_amex", title: "American Express, pays", brand: "amex", last4: "0005" },
  visa("pm_card_visa_debit", "5556", "Visa debit, pays"),
  visa("pm_card_visa_chargeDeclined", "0002", "Declined", { decline: genericDecline }),
  visa("pm_card_visa_chargeDeclinedInsufficientFunds", "9995", "Insufficient funds", {
    decline: insufficientFunds,
  }),
  visa("pm_card_visa_chargeDeclinedLostCard", "9987", "Lost card", {
    decline: declined("lost_card"),
  }),
  visa("pm_card_visa_chargeDeclinedStolenCard", "9979", "Stolen card", {
    decline: declined("stolen_card"),
  }),
  visa("pm_card_chargeDeclinedExpiredCard", "0069", "Expired card", {
    decline: { code: "expired_card", message: "Your card has expired." },
  }),
  visa("pm_card_chargeDeclinedIncorrectCvc", "0127", "Incorrect CVC", {
    decline: { code: "incorrect_cvc", message: "Your card's security code is incorrect." },
  }),
  visa("pm_card_chargeDeclinedProcessingError", "0119", "Processing error", {
    decline: { code: "processing_error", message: "The card could not be charged. Try again." },
  }),
  visa("pm_card_chargeCustomerFail", "0341", "Declined when charged", { decline: genericDecline }),
  visa("pm_card_threeDSecure2Required", "3220", "3D Secure, pays", { authenticates: true }),
  visa("pm_card_authenticationRequired", "3184", "Always asks for 3D Secure", {
    authenticates: true,
  }),
  visa("pm_card_threeDSecureRequiredChargeDeclined", "1629", "3D Secure, then declined", {
    authenticates: true,
    decline: genericDecline,
  }),
  visa("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "3178", "3DS, no funds", {
    authenticates: true,
    decline: insufficientFunds,
  }),
  visa("pm_card_createDispute", "0259", "Pays, then disputed as fraud", { disputes: "fraudulent" }),
  visa("pm_card_createDisputeProductNotReceived", "2685", "Pays, then disputed as not received", {
    disputes: "product_not_received",
  }),
  visa("pm_card_createDisputeInquiry", "1976", "Pays, then the bank asks about it", {
    disputes: "fraudulent",
    inquiry: true,
  }),
  visa("pm_card_pendingRefund", "7726", "Pays, refunds stay pending", { refundsPend: true }),
  visa("pm_usBankAccount_processing", "0009", "Bank debit, stays processing", { processes: true }),
];

/** Spellings without the brand, as they are also met. */
const otherNames: Record<string, string> = {
  pm_card_chargeDeclined: "pm_card_visa_chargeDeclined",
  pm_card_chargeDeclinedInsufficientFunds: "pm_card_visa_chargeDeclinedInsufficientFunds",
  pm_card_chargeDeclinedLostCard: "pm_card_visa_chargeDeclinedLostCard",
  pm_card_chargeDeclinedStolenCard: "pm_card_visa_chargeDeclinedStolenCard",
  pm_card_visa_chargeDeclinedExpiredCard: "pm_card_chargeDeclinedExpiredCard",
  pm_card_visa_chargeDeclinedIncorrectCvc: "pm_card_chargeDeclinedIncorrectCvc",
  pm_card_visa_chargeDeclinedProcessingError: "pm_card_chargeDeclinedProcessingError",
  pm_card_threeDSecureRequired: "pm_card_threeDSecure2Required",
};

const cardsById = new Map(testCards.map((card) => [card.id, card]));

export function findCard(id: string): TestCard {
  const card = cardsById.get(otherNames[id] ?? id);
  if (card !== undefined) return card;
  throw new Problem(400, {
    type: "invalid_request_error",
    code: "resource_missing",
    doc_url: docUrl("resource_missing"),
    message: `No such PaymentMethod: '${id}'. The stand-in knows Stripe's test cards.`,
    param: "payment_method",
  });
}

export function paymentMethodOf(card: TestCard): PaymentMethod {
  if (card.processes) {
    return { id: card.id, object: "payment_method", type: "us_bank_account", livemode: false };
  }
  const { brand, last4 } = card;
  return {
    id: card.id,
    object: "payment_method",
    type: "card",
    card: { brand, last4, exp_month: 12, exp_year: 2034, country: "US" },
    livemode: false,
  };
}
