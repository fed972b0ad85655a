import type Stripe from "stripe";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { EventType } from "../../sandbox/stripe/events.ts";
import type { BalanceTransaction, Dispute, Refund } from "../../sandbox/stripe/money-objects.ts";
import type { Charge, Intent, PaymentMethod } from "../../sandbox/stripe/objects.ts";
import type { ProblemBody } from "../../sandbox/stripe/problems.ts";
import { newIntent, startStandIns } from "./stand-ins.ts";

// The compiler checks most of this file, in npm run check: what does not fit does not compile.

type Plain = string | number | boolean | null;
type Objects<Type> = Exclude<Type, Plain | undefined | readonly unknown[]>;
type Items<Type> = Type extends readonly (infer Item)[] ? Item : never;
type KeyOf<Type> = Type extends unknown ? keyof Type : never;
type At<Type, Key> = Type extends unknown ? (Key extends keyof Type ? Type[Key] : never) : never;
/** The words that the SDK names where it lists some, though it takes others from newer Stripes. */
type Words<Type> = Type extends string ? (string extends Type ? never : Type) : never;

type PlainFits<Ours, Theirs> = Ours extends string
  ? string extends Ours
    ? Ours extends Theirs
      ? true
      : false
    : Ours extends ([Words<Theirs>] extends [never] ? Theirs : Words<Theirs>)
      ? true
      : false
  : Ours extends Theirs
    ? true
    : false;

/**
 * Where our shape says what the SDK's does not: the paths of fields that the SDK doesn't know, of
 * other types, and of words that it doesn't list. Ours may have fewer fields, at any depth, and
 * may leave one out.
 */
type Deviations<Ours, Theirs, Path extends string> = Ours extends undefined
  ? never
  : Ours extends Plain
    ? PlainFits<Ours, Theirs> extends true
      ? never
      : Path
    : Ours extends readonly (infer Item)[]
      ? Deviations<Item, Items<Theirs>, `${Path}[]`>
      : FieldDeviations<Ours, Objects<Theirs>, Path>;

type FieldDeviations<Ours, Theirs, Path extends string> = {
  [Key in keyof Ours & string]-?: string extends Key
    ? // Fields by any name, such as metadata's.
      Deviations<Ours[Key], At<Theirs, KeyOf<Theirs>>, `${Path}.*`>
    : Key extends KeyOf<Theirs>
      ? Deviations<Ours[Key], At<Theirs, Key>, `${Path}.${Key}`>
      : `${Path}.${Key}`;
}[keyof Ours & string];

describe("the stand-in's shapes are those of Stripe's SDK", () => {
  test("of everything that it answers", () => {
    expectTypeOf<Deviations<Intent, Stripe.PaymentIntent, "intent">>().toBeNever();
    expectTypeOf<Deviations<Charge, Stripe.Charge, "charge">>().toBeNever();
    expectTypeOf<Deviations<PaymentMethod, Stripe.PaymentMethod, "method">>().toBeNever();
    expectTypeOf<Deviations<Refund, Stripe.Refund, "refund">>().toBeNever();
    expectTypeOf<Deviations<Dispute, Stripe.Dispute, "dispute">>().toBeNever();
    expectTypeOf<Deviations<BalanceTransaction, Stripe.BalanceTransaction, "bt">>().toBeNever();
    expectTypeOf<Deviations<ProblemBody, Stripe.StripeRawError, "error">>().toBeNever();
    expectTypeOf<Deviations<EventType, Stripe.Event["type"], "event.type">>().toBeNever();
  });

  test("of its events, which it writes as text", async () => {
    const { stripe } = await startStandIns();
    await newIntent(stripe);
    const [event = expect.fail("Nothing was told.")] = (await stripe.events.list()).data;
    const fields = [
      ...(["api_version", "created", "data", "id", "livemode", "object"] as const),
      ...(["pending_webhooks", "request", "type"] as const),
    ] satisfies KeyOf<Stripe.Event>[];
    const requestFields = ["id", "idempotency_key"] satisfies KeyOf<Stripe.Event.Request>[];
    expect(Object.keys(event).sort()).toEqual(fields);
    expect(Object.keys(event.data)).toEqual(["object"]);
    expect(Object.keys(event.request ?? {})).toEqual(requestFields);
  });

  test("which is not fooled by a strange field, type or word, however deep", () => {
    type Strange = {
      id: string;
      amount: string;
      paid_by: string;
      status: "succeeded" | "done";
      currency: null;
      payment_method_types: number[];
      automatic_payment_methods: { enabled: boolean; allow_redirects: "maybe" } | null;
      last_payment_error?: { code: string; bank: string };
      metadata: Record<string, number>;
    };
    expectTypeOf<Deviations<Strange, Stripe.PaymentIntent, "i">>().toEqualTypeOf<
      | "i.amount"
      | "i.paid_by"
      | "i.status"
      | "i.currency"
      | "i.payment_method_types[]"
      | "i.automatic_payment_methods.allow_redirects"
      | "i.last_payment_error.bank"
      | "i.metadata.*"
    >();
  });
});
