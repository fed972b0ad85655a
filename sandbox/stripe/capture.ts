import { captureCharge, releaseCharge } from "./charges.ts";
import { emit } from "./events.ts";
import type { Form } from "./form.ts";
import type { Intent } from "./objects.ts";
import { change, unexpectedState } from "./outcomes.ts";
import { mergeMetadata, readWhole, refuseUnknown } from "./params.ts";
import { docUrl, Verdict } from "./problems.ts";
import type { Cause, StripeWorld } from "./world.ts";

/** Takes the money that the bank holds ready, or a part of it; the rest is released. */
export function captureIntent(
  world: StripeWorld,
  cause: Cause,
  intent: Intent,
  form: Form,
): Intent {
  refuseUnknown(form, ["amount_to_capture", "expand", "metadata"]);
  const most = Number.MAX_SAFE_INTEGER;
  const amount = readWhole(form, "amount_to_capture", 1, most) ?? intent.amount_capturable;
  const metadata = mergeMetadata(form, intent.metadata);
  const charge = world.books.charges.get(intent.latest_charge ?? "");
  if (intent.status !== "requires_capture" || charge === undefined) {
    throw unexpectedState("capture", intent);
  }
  if (amount > intent.amount_capturable) throw tooMuch(intent);
  const captured = captureCharge(world, charge, amount);
  const paid = change(world, intent, {
    amount_capturable: 0,
    amount_received: amount,
    metadata,
    status: "succeeded",
  });
  emit(world, cause, "charge.captured", captured);
  emit(world, cause, "payment_intent.succeeded", paid);
  return paid;
}

/** An intent that is cancelled gives back what the bank held ready for it. */
export function releaseHold(world: StripeWorld, cause: Cause, intent: Intent): void {
  const charge = world.books.charges.get(intent.latest_charge ?? "");
  if (intent.status !== "requires_capture" || charge === undefined) return;
  emit(world, cause, "charge.refunded", releaseCharge(world, charge));
}

function tooMuch(intent: Intent): Verdict {
  const code = "amount_too_large";
  return new Verdict(400, {
    type: "invalid_request_error",
    code,
    doc_url: docUrl(code),
    message: `Only ${intent.amount_capturable} can be captured of this PaymentIntent.`,
    param: "amount_to_capture",
    payment_intent: intent,
  });
}
