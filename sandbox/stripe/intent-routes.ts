import { checkClientSecret, publicView } from "./access.ts";
import type { Call, On } from "./call.ts";
import { captureIntent } from "./capture.ts";
import { confirm } from "./confirm.ts";
import { renderObject } from "./expand.ts";
import { cancelIntent, confirmIntent, createIntent, updateIntent } from "./intents.ts";
import { listRows } from "./money-routes.ts";
import type { Intent } from "./objects.ts";
import { refuseUnknown } from "./params.ts";
import { notFound } from "./problems.ts";
import { nobody, type StripeWorld } from "./world.ts";

/** The routes of PaymentIntents; two of them are open to browsers that know the client secret. */
export function intentRoutes(world: StripeWorld, on: On): void {
  on("POST", "/payment_intents", (call) => {
    const intent = createIntent(world, call.cause, call.form);
    const answer = render(world, call, intent);
    payByItself(world, intent);
    return answer;
  });

  on("GET", "/payment_intents", ({ form }) => {
    return listRows(world, world.books.intents, "payment_intents", form, []);
  });

  on(
    "GET",
    "/payment_intents/:id",
    (call) => {
      refuseUnknown(call.form, ["client_secret", "expand"]);
      return render(world, call, findForCaller(world, call));
    },
    "publishable",
  );

  on("POST", "/payment_intents/:id", (call) => {
    const intent = findIntent(world, call.id);
    return render(world, call, updateIntent(world, intent, call.form));
  });

  on(
    "POST",
    "/payment_intents/:id/confirm",
    (call) => {
      const intent = findForCaller(world, call);
      return render(world, call, confirmIntent(world, call.cause, intent, call.form));
    },
    "publishable",
  );

  on("POST", "/payment_intents/:id/capture", (call) => {
    const intent = findIntent(world, call.id);
    return render(world, call, captureIntent(world, call.cause, intent, call.form));
  });

  on("POST", "/payment_intents/:id/cancel", (call) => {
    const intent = findIntent(world, call.id);
    return render(world, call, cancelIntent(world, call.cause, intent, call.form));
  });
}

export function findIntent(world: StripeWorld, id: string): Intent {
  const intent = world.books.intents.get(id);
  if (intent === undefined) throw notFound("payment_intent", id, "intent");
  return intent;
}

function findForCaller(world: StripeWorld, call: Call): Intent {
  const intent = findIntent(world, call.id);
  if (call.keyKind === "publishable") checkClientSecret(intent, call.form);
  return intent;
}

function render(world: StripeWorld, call: Call, intent: Intent): string {
  if (call.keyKind === "publishable") return JSON.stringify(publicView(intent));
  return renderObject(world, intent, call.form);
}

/**
 * The bench's customer pays at once, with the switch's card.
 *
 * The answer to the create was rendered before: as with a quick customer, the caller learns of
 * the payment by its events. Both are one line of the journal.
 */
function payByItself(world: StripeWorld, intent: Intent): void {
  const { autoPay, autoPayDelayMs } = world.books.switches;
  if (autoPay === null || intent.status !== "requires_payment_method") return;
  if (autoPayDelayMs === 0) {
    confirm(world, nobody, intent, { paymentMethod: autoPay });
  } else {
    setTimeout(() => payLate(world, intent.id, autoPay), autoPayDelayMs).unref();
  }
}

/** A slow customer finds the intent as it stands by then: cancelled, paid, or gone. */
function payLate(world: StripeWorld, id: string, card: string): void {
  const intent = world.books.intents.get(id);
  if (intent?.status !== "requires_payment_method") return;
  confirm(world, nobody, intent, { paymentMethod: card });
  // A sandbox that is stopping takes nothing more; its customer has left.
  world.books.commit().catch(() => {});
}
