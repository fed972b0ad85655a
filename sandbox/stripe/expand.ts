import { findCard, paymentMethodOf } from "./cards.ts";
import type { Form } from "./form.ts";
import type { Charge, Intent } from "./objects.ts";
import { invalid, readList } from "./params.ts";
import type { StripeWorld } from "./world.ts";

/** An intent with the objects that `expand[]` asks for in the place of their ids. */
export function expandIntent(
  world: StripeWorld,
  intent: Intent,
  form: Form,
  prefix = "",
): Record<string, unknown> {
  return expand(intent, form, prefix, {
    latest_charge: () => world.books.charges.get(intent.latest_charge ?? "") ?? null,
    payment_method: () =>
      intent.payment_method === null ? null : paymentMethodOf(findCard(intent.payment_method)),
    customer: () => null,
  });
}

export function expandCharge(
  world: StripeWorld,
  charge: Charge,
  form: Form,
): Record<string, unknown> {
  return expand(charge, form, "", {
    payment_intent: () => world.books.intents.get(charge.payment_intent) ?? null,
  });
}

function expand(
  object: Intent | Charge,
  form: Form,
  prefix: string,
  known: Record<string, () => unknown>,
): Record<string, unknown> {
  const expanded: Record<string, unknown> = { ...object };
  for (const path of readList(form, "expand") ?? []) {
    const name = path.startsWith(prefix) ? path.slice(prefix.length) : path;
    const read = known[name];
    if (read === undefined) throw invalid("expand", `This property cannot be expanded: ${path}`);
    expanded[name] = read();
  }
  return expanded;
}
