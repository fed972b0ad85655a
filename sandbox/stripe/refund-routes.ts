import type { On } from "./call.ts";
import { readRefundAmount } from "./currencies.ts";
import { renderObject } from "./expand.ts";
import type { Form } from "./form.ts";
import type { Refund } from "./money-objects.ts";
import { findRow, listRows } from "./money-routes.ts";
import type { Charge } from "./objects.ts";
import { invalid, mergeMetadata, readChoice, readOptionalText, refuseUnknown } from "./params.ts";
import { missingParameter, Verdict } from "./problems.ts";
import { cancelRefund, changeRefund, refundCharge } from "./refunds.ts";
import type { Cause, StripeWorld } from "./world.ts";

const createParams = ["amount", "charge", "expand", "metadata", "payment_intent", "reason"];
const reasons = ["duplicate", "fraudulent", "requested_by_customer"] as const;

/** The routes of refunds. */
export function refundRoutes(world: StripeWorld, on: On): void {
  const { refunds } = world.books;
  on("POST", "/refunds", ({ form, cause }) => {
    return renderObject(world, createRefund(world, cause, form), form);
  });
  on("GET", "/refunds", ({ form }) => {
    return listRows(world, refunds, "refunds", form, ["charge", "payment_intent"]);
  });
  on("GET", "/refunds/:id", ({ id, form }) => {
    refuseUnknown(form, ["expand"]);
    return renderObject(world, findRow(refunds, id, "refund"), form);
  });
  on("POST", "/refunds/:id", ({ id, form, cause }) => {
    refuseUnknown(form, ["expand", "metadata"]);
    const refund = findRow(refunds, id, "refund");
    const metadata = mergeMetadata(form, refund.metadata);
    return renderObject(world, changeRefund(world, cause, { ...refund, metadata }), form);
  });
  on("POST", "/refunds/:id/cancel", ({ id, form, cause }) => {
    refuseUnknown(form, ["expand"]);
    const refund = findRow(refunds, id, "refund");
    return renderObject(world, cancelRefund(world, cause, refund), form);
  });
}

function createRefund(world: StripeWorld, cause: Cause, form: Form): Refund {
  refuseUnknown(form, createParams);
  const reason = readChoice(form, "reason", reasons);
  const metadata = mergeMetadata(form, {});
  const charge = chargeToRefund(world, form);
  const text = readOptionalText(form, "amount");
  const amount = text === undefined ? undefined : readRefundAmount(text, charge.currency);
  return refundCharge(world, cause, charge, { amount, reason, metadata });
}

/** Either the charge itself or the intent that it was made for. */
function chargeToRefund({ books }: StripeWorld, form: Form): Charge {
  const chargeId = readOptionalText(form, "charge");
  const intentId = readOptionalText(form, "payment_intent");
  if (chargeId === undefined && intentId === undefined) throw missingParameter("payment_intent");
  if (chargeId !== undefined) {
    const charge = findRow(books.charges, chargeId, "charge", "charge");
    if (intentId === undefined || charge.payment_intent === intentId) return charge;
    throw invalid("charge", `Charge ${chargeId} does not belong to ${intentId}`);
  }
  const intent = findRow(books.intents, intentId ?? "", "payment_intent", "payment_intent");
  const charge = books.charges.get(intent.latest_charge ?? "");
  if (charge !== undefined) return charge;
  throw new Verdict(400, {
    type: "invalid_request_error",
    message: `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`,
    param: "payment_intent",
  });
}
