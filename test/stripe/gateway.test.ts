import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { freePort } from "../../scripts/world/ports.ts";
import { OutcomeUnknown, Refused, Unavailable } from "../../src/errors.ts";
import type { NewIntent } from "../../src/payments/gateway.ts";
import { startStandIns } from "../sandbox/stand-ins.ts";
import { gatewayAt } from "../workers/paying.ts";

type Ledger = { intents: { id: string; orderId: string; status: string }[] };

async function desk(timeoutSeconds = 2) {
  const standIns = await startStandIns();
  const fault = (route: string, more: object) =>
    standIns.tell("/faults", { service: "stripe", route, ...more });
  return {
    ...standIns,
    gateway: gatewayAt(standIns.url, timeoutSeconds),
    failCreate: (more: object) => fault("POST /v1/payment_intents", more),
    failRead: (more: object) => fault("GET /v1/payment_intents/:id", more),
    failCancel: (more: object) => fault("POST /v1/payment_intents/:id/cancel", more),
    heal: () => fetch(`${standIns.url}/_sandbox/faults`, { method: "DELETE" }),
    ledger: async () => (await standIns.read<Ledger>("/stripe/ledger")).intents,
  };
}

function newIntent(changes: Partial<NewIntent> = {}): NewIntent {
  return {
    paymentId: randomUUID(),
    orderId: randomUUID(),
    orderNumber: "4Q7K-9M2X-P0TZ",
    installation: randomUUID(),
    amountMinor: 1_999,
    currency: "gbp",
    tryNumber: 1,
    ...changes,
  };
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => new Error("It succeeded."),
    (error: unknown) => error,
  );
}

describe("an intent", () => {
  test("bears our stamp, our amount and a secret", async () => {
    const { gateway } = await desk();
    const wanted = newIntent();
    const { intent, replayed } = await gateway.createIntent(wanted);
    expect(replayed).toBe(false);
    expect(intent).toMatchObject({
      status: "needs_payment",
      amountMinor: 1_999,
      currency: "gbp",
      livemode: false,
      capturedMinor: 0,
      orderId: wanted.orderId,
      paymentId: wanted.paymentId,
      installation: wanted.installation,
      declines: [],
    });
    expect(intent.clientSecret).toContain(`${intent.id}_secret_`);
    const read = await gateway.readIntent(intent.id);
    expect(read).toEqual({ ...intent, requestId: read.requestId });
    expect([intent.requestId, read.requestId]).toEqual([
      expect.stringMatching(/^req_/),
      expect.stringMatching(/^req_/),
    ]);
  });

  test("asked for twice under one key is one, and the second answer is a replay", async () => {
    const { gateway, ledger } = await desk();
    const wanted = newIntent();
    const first = await gateway.createIntent(wanted);
    const second = await gateway.createIntent(wanted);
    const intent = { ...first.intent, requestId: second.intent.requestId };
    expect(second).toEqual({ intent, replayed: true });
    expect(await ledger()).toHaveLength(1);
  });

  test("whose answer was lost is found again under the same key", async () => {
    const { gateway, failCreate, ledger } = await desk();
    // The SDK asks once more by itself, under the same key, when a connection is cut.
    await failCreate({ kind: "drop_after", times: 2 });
    const wanted = newIntent();
    expect(await failureOf(gateway.createIntent(wanted))).toBeInstanceOf(OutcomeUnknown);
    const { intent, replayed } = await gateway.createIntent(wanted);
    expect(replayed).toBe(true);
    expect(await ledger()).toMatchObject([{ id: intent.id, orderId: wanted.orderId }]);
  });

  test("that was paid meanwhile is answered as captured by its cancelling", async () => {
    const { gateway, tell } = await desk();
    const wanted = newIntent();
    const { intent } = await gateway.createIntent(wanted);
    await tell(`/stripe/intents/${intent.id}/pay`);
    const { paymentId } = wanted;
    const end = await gateway.cancelIntent({ intentId: intent.id, paymentId, tryNumber: 1 });
    expect(end).toMatchObject({ status: "captured", capturedMinor: 1_999 });
  });

  test("is cancelled once, however often that is asked for", async () => {
    const { gateway } = await desk();
    const wanted = newIntent();
    const { intent } = await gateway.createIntent(wanted);
    for (const tryNumber of [1, 1, 2]) {
      const { paymentId } = wanted;
      const end = await gateway.cancelIntent({ intentId: intent.id, paymentId, tryNumber });
      expect(end.status).toBe("cancelled");
    }
  });

  test("whose cancelling answered 500 is looked at, not believed to be cancelled", async () => {
    const { gateway, failCancel, heal } = await desk();
    const wanted = newIntent();
    const { intent } = await gateway.createIntent(wanted);
    const cancel = { intentId: intent.id, paymentId: wanted.paymentId, tryNumber: 1 };
    await failCancel({ kind: "status", status: 500 });
    expect(await failureOf(gateway.cancelIntent(cancel))).toBeInstanceOf(OutcomeUnknown);
    await heal();
    await gateway.cancelIntent({ ...cancel, tryNumber: 2 });
    expect(await gateway.readIntent(intent.id)).toMatchObject({ status: "cancelled" });
  });

  test("that was declined names the charge of each decline, oldest first", async () => {
    const { gateway, tell } = await desk();
    const { intent } = await gateway.createIntent(newIntent());
    await tell(`/stripe/intents/${intent.id}/decline`).catch(() => undefined);
    await tell(`/stripe/intents/${intent.id}/decline`, {
      card: "pm_card_visa_chargeDeclinedInsufficientFunds",
    }).catch(() => undefined);
    const { declines, status } = await gateway.readIntent(intent.id);
    expect(status).toBe("needs_payment");
    const code = "card_declined";
    expect(declines).toMatchObject([
      { code, declineCode: "generic_decline" },
      { code, declineCode: "insufficient_funds" },
    ]);
    expect(new Set(declines.map(({ chargeId }) => chargeId)).size).toBe(2);
  });
});

describe("a failure of Stripe", () => {
  test("with 429 says that nothing happened", async () => {
    const { gateway, failCreate } = await desk();
    await failCreate({ kind: "status", status: 429 });
    const error = await failureOf(gateway.createIntent(newIntent()));
    expect(error).toMatchObject({ name: "Unavailable", code: "stripe_rate_limit" });
  });

  test.each([500, 502, 503])(
    "with %i leaves a write unknown, and a read unavailable",
    async (status) => {
      const { gateway, failCreate, failRead } = await desk();
      const { intent } = await gateway.createIntent(newIntent());
      await failCreate({ kind: "status", status });
      await failRead({ kind: "status", status });
      expect(await failureOf(gateway.createIntent(newIntent()))).toBeInstanceOf(OutcomeUnknown);
      expect(await failureOf(gateway.readIntent(intent.id))).toBeInstanceOf(Unavailable);
    },
  );

  test("that comes too late leaves a write unknown", async () => {
    const { gateway, failCreate, ledger } = await desk(0.2);
    await failCreate({ kind: "delay", delayMs: 600, times: 1 });
    const wanted = newIntent();
    expect(await failureOf(gateway.createIntent(wanted))).toBeInstanceOf(OutcomeUnknown);
    // Asked again while the first is still at work: it is in use, which is no new intent.
    const again = await failureOf(gateway.createIntent(wanted));
    expect(again).toMatchObject({ name: "Unavailable", code: "stripe_key_in_use" });
    await expect.poll(async () => (await ledger()).length).toBe(1);
    expect((await gateway.createIntent(wanted)).replayed).toBe(true);
    expect(await ledger()).toHaveLength(1);
  });

  test("with 400 is for good", async () => {
    const { gateway, failCreate } = await desk();
    await failCreate({ kind: "status", status: 400 });
    expect(await failureOf(gateway.createIntent(newIntent()))).toBeInstanceOf(Refused);
  });

  test("of a kind that a person must mend, such as a wrong key, makes orders wait", async () => {
    const { gateway, failCreate } = await desk();
    await failCreate({ kind: "status", status: 401 });
    const error = await failureOf(gateway.createIntent(newIntent()));
    expect(error).toMatchObject({ name: "Unavailable", code: "stripe_key_refused" });
  });

  test("to take a connection says that nothing happened", async () => {
    const gateway = gatewayAt(`http://127.0.0.1:${await freePort()}`);
    const error = await failureOf(gateway.createIntent(newIntent()));
    expect(error).toMatchObject({ name: "Unavailable", code: "stripe_unreachable" });
  });
});
