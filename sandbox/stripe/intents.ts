import { letters, newId } from "../ids.ts";
import { releaseHold } from "./capture.ts";
import { findCard } from "./cards.ts";
import { confirm } from "./confirm.ts";
import { readCharge, readCurrency } from "./currencies.ts";
import { emit } from "./events.ts";
import type { Form } from "./form.ts";
import type { Intent, IntentStatus } from "./objects.ts";
import { change, refuseDeclined, unexpectedState } from "./outcomes.ts";
import {
  invalid,
  mergeMetadata,
  readChoice,
  readClearableText,
  readFlag,
  readGroup,
  readList,
  readOptionalText,
  readText,
  refuseUnknown,
} from "./params.ts";
import { type Cause, type StripeWorld, seconds } from "./world.ts";

const described = ["description", "receipt_email", "statement_descriptor"] as const;
const createParams = [
  ...described,
  "amount",
  "automatic_payment_methods",
  "capture_method",
  "confirm",
  "currency",
  "expand",
  "metadata",
  "payment_method",
  "payment_method_types",
  "return_url",
];
const captureMethods = ["automatic", "automatic_async", "manual"] as const;
const updateParams = [...described, "amount", "currency", "expand", "metadata", "payment_method"];
const cancelParams = ["cancellation_reason", "expand"];
const confirmParams = ["client_secret", "expand", "payment_method", "return_url"];
const cancellationReasons = [
  "duplicate",
  "fraudulent",
  "requested_by_customer",
  "abandoned",
] as const;

const open: IntentStatus[] = [
  "requires_payment_method",
  "requires_confirmation",
  "requires_action",
];

const cancelable: IntentStatus[] = [...open, "requires_capture"];

export function createIntent(world: StripeWorld, cause: Cause, form: Form): Intent {
  refuseUnknown(form, createParams);
  const currencyText = readText(form, "currency");
  const amountText = readText(form, "amount");
  const currency = readCurrency(currencyText);
  const method = readOptionalText(form, "payment_method");
  const confirms = readFlag(form, "confirm") ?? false;
  const id = newId("pi");
  const intent: Intent = {
    id,
    object: "payment_intent",
    amount: readCharge(amountText, currency),
    amount_capturable: 0,
    amount_received: 0,
    ...readMethods(form),
    canceled_at: null,
    cancellation_reason: null,
    capture_method: readChoice(form, "capture_method", captureMethods) ?? "automatic_async",
    client_secret: `${id}_secret_${letters(25)}`,
    confirmation_method: "automatic",
    created: seconds(world),
    currency,
    customer: null,
    description: readOptionalText(form, "description") ?? null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    metadata: mergeMetadata(form, {}),
    next_action: null,
    payment_method: method === undefined ? null : findCard(method).id,
    receipt_email: readOptionalText(form, "receipt_email") ?? null,
    statement_descriptor: readOptionalText(form, "statement_descriptor") ?? null,
    status: method === undefined ? "requires_payment_method" : "requires_confirmation",
  };
  const returnUrl = readOptionalText(form, "return_url");
  world.books.intents.put(intent);
  emit(world, cause, "payment_intent.created", intent);
  return confirms ? refuseDeclined(confirm(world, cause, intent, { returnUrl })) : intent;
}

export function updateIntent(world: StripeWorld, intent: Intent, form: Form): Intent {
  refuseUnknown(form, updateParams);
  const changes: Partial<Intent> = { metadata: mergeMetadata(form, intent.metadata) };
  for (const name of described) {
    const text = readClearableText(form, name);
    if (text !== undefined) changes[name] = text;
  }
  const currency = readOptionalText(form, "currency");
  if (currency !== undefined) changes.currency = readCurrency(currency);
  const amount = readOptionalText(form, "amount");
  if (amount !== undefined) {
    changes.amount = readCharge(amount, changes.currency ?? intent.currency);
  }
  const method = readOptionalText(form, "payment_method");
  if (method !== undefined) changes.payment_method = findCard(method).id;

  const touched = [currency, amount, method].some((param) => param !== undefined);
  if (touched && !open.includes(intent.status)) throw unexpectedState("update", intent);
  // What the cardholder was asked about has changed, so it has to be confirmed anew.
  if (method !== undefined || (touched && intent.status === "requires_action")) {
    changes.status = "requires_confirmation";
    changes.next_action = null;
  }
  return change(world, intent, changes);
}

export function confirmIntent(
  world: StripeWorld,
  cause: Cause,
  intent: Intent,
  form: Form,
): Intent {
  refuseUnknown(form, confirmParams);
  const paymentMethod = readOptionalText(form, "payment_method");
  const returnUrl = readOptionalText(form, "return_url");
  return refuseDeclined(confirm(world, cause, intent, { paymentMethod, returnUrl }));
}

export function cancelIntent(world: StripeWorld, cause: Cause, intent: Intent, form: Form): Intent {
  refuseUnknown(form, cancelParams);
  const reason = readChoice(form, "cancellation_reason", cancellationReasons) ?? null;
  if (!cancelable.includes(intent.status)) throw unexpectedState("cancel", intent);
  releaseHold(world, cause, intent);
  const canceled = change(world, intent, {
    status: "canceled",
    amount_capturable: 0,
    canceled_at: seconds(world),
    cancellation_reason: reason,
    next_action: null,
  });
  emit(world, cause, "payment_intent.canceled", canceled);
  return canceled;
}

/** Either Stripe chooses the ways to pay, or the caller lists them; this account has two. */
function readMethods(
  form: Form,
): Pick<Intent, "automatic_payment_methods" | "payment_method_types"> {
  const listed = readList(form, "payment_method_types");
  const automatic = readGroup(form, "automatic_payment_methods");
  if (listed !== undefined) {
    const odd = listed.find((type) => type !== "card" && type !== "us_bank_account");
    if (odd !== undefined) {
      throw invalid("payment_method_types", `The stand-in takes no payments by ${odd}`);
    }
    return { automatic_payment_methods: null, payment_method_types: listed };
  }
  const enabled = automatic === undefined || readFlag(automatic, "enabled") !== false;
  const redirects = automatic
    ? readChoice(automatic, "allow_redirects", ["always", "never"])
    : undefined;
  return {
    automatic_payment_methods: { enabled, allow_redirects: redirects ?? "always" },
    payment_method_types: ["card", "us_bank_account"],
  };
}
