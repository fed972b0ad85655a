import { describe, expect, test } from "vitest";
import type { Ledger } from "../../sandbox/stripe/ledger.ts";
import { errorOf, newIntent, startStandIns } from "./stand-ins.ts";

describe("a fault on demand", () => {
  test("strikes its route as often as it was told, and no other", async () => {
    const { stripe, tell } = await startStandIns();
    const { id } = await newIntent(stripe);
    const route = "POST /v1/payment_intents/:id/cancel";
    await tell("/faults", { service: "stripe", route, kind: "status", status: 503, times: 2 });

    expect((await stripe.paymentIntents.retrieve(id)).id).toBe(id);
    for (let i = 0; i < 2; i++) {
      expect(await errorOf(stripe.paymentIntents.cancel(id))).toMatchObject({ statusCode: 503 });
    }
    expect((await stripe.paymentIntents.cancel(id)).status).toBe("canceled");
  });

  test.each([
    ["drop_before", 0],
    ["drop_after", 1],
  ])("hangs up with %s, and then there are %i intents", async (kind, count) => {
    const { stripe, tell, read } = await startStandIns();
    await tell("/faults", { service: "stripe", kind });
    // The SDK asks a broken connection again, under the same key.
    const params = { amount: 1999, currency: "gbp" };
    const error = await errorOf(stripe.paymentIntents.create(params, { idempotencyKey: "key-1" }));
    expect(error.type).toBe("StripeConnectionError");
    expect((await read<Ledger>("/stripe/ledger")).totals.intents).toBe(count);
  });

  test("is taken back, and a strange one is refused by name", async () => {
    const { stripe, tell, url } = await startStandIns();
    await tell("/faults", { service: "stripe", kind: "status" });
    expect(await errorOf(newIntent(stripe))).toMatchObject({ statusCode: 500 });
    await fetch(`${url}/_sandbox/faults`, { method: "DELETE" });
    expect((await newIntent(stripe)).amount).toBe(1999);
    await expect(tell("/faults", { service: "stripe", kind: "explode" })).rejects.toThrow(/kind/);
  });
});
