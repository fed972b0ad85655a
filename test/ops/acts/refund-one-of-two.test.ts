import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { planOf } from "../../../src/ops/acts/acts.ts";
import { diagnose } from "../../../src/ops/diagnosis.ts";
import { collectFacts } from "../../../src/ops/facts/collect-facts.ts";
import { seenDispute, seenRefund } from "../../support/money-back.ts";
import type { Paying } from "../../support/paying.ts";
import { outcomeOf, useActDesk } from "./desk.ts";

const { desk, means, act } = useActDesk();

/** An order of 10.00 that was paid, and for which another amount came before, unseen till now. */
async function paidBesides(capturedMinor: number): Promise<{ fits: Paying; extra: Paying }> {
  const extra = await desk.payable();
  await desk.apply(extra, { status: "cancelled" });
  const { id: paymentId } = await desk.db
    .selectFrom("payments")
    .select("id")
    .where("order_id", "=", extra.orderId)
    .where("attempt", "=", 2)
    .executeTakeFirstOrThrow();
  const intent = { ...extra.intent, id: `pi_${randomUUID().slice(0, 8)}`, paymentId };
  const fits = { ...extra, paymentId, intent };
  await desk.apply(fits, {});
  await desk.apply(extra, { status: "captured", capturedMinor });
  await desk.apply(fits, { status: "captured", capturedMinor: 1_000 });
  return { fits, extra };
}

/** Aurora's own refund of it was refused: a person decides. */
async function notGivenBack(capturedMinor: number) {
  const both = await paidBesides(capturedMinor);
  await sql`UPDATE refunds SET status = 'failed', failure = 'refused', due_at = NULL,
    settled_at = now() - interval '1 day', created_at = now() - interval '1 day'
    WHERE order_id = ${both.fits.orderId}`.execute(desk.db);
  return both;
}

async function adviceFor({ orderId }: Paying) {
  const facts = await collectFacts(means, orderId, { stripe: false, jobs: false });
  if (!facts) throw new Error("The order is gone.");
  return diagnose(facts, planOf);
}

describe("of an order that was paid twice", () => {
  test("exactly the extra payment is given back, and nothing after it", async () => {
    const { fits, extra } = await notGivenBack(600);
    const { recommended } = await adviceFor(fits);
    expect(recommended).toMatchObject({
      ...{ act: "refund", input: { paymentId: extra.paymentId, amountMinor: 600 } },
    });
    await act("refund", fits, { input: recommended?.input ?? {} });
    const [refund] = (await desk.refundsOf(fits)).filter(({ status }) => status !== "failed");
    expect(refund).toMatchObject({ payment_id: extra.paymentId, amount_minor: 600 });
    expect((await adviceFor(fits)).recommended?.act).not.toBe("refund");
    const seen = seenRefund({ amountMinor: 600, refundId: refund?.id ?? "" });
    await desk.look(extra, seen);
    expect((await adviceFor(fits)).recommended?.act).not.toBe("refund");
    const again = act("refund", fits, { input: recommended?.input ?? {} });
    expect(await outcomeOf(again)).toBe("nothing_left_to_refund");
  });

  test("a payment that a bank disputes is left alone where the other can be refunded", async () => {
    const { fits, extra } = await notGivenBack(600);
    await desk.lookAtDisputes(fits, seenDispute({ intentId: fits.intent.id }));
    const wish = { input: { reason: "other" } };
    expect(await act("refund", fits, { ...wish, dryRun: true })).toMatchObject({
      plan: { effects: [expect.stringContaining("£6.00 of £6.00"), expect.any(String)] },
    });
    expect(await outcomeOf(act("refund", fits, wish))).toBe("done");
    expect((await desk.refundsOf(fits)).at(-1)).toMatchObject({ payment_id: extra.paymentId });
    expect(await outcomeOf(act("refund", fits, wish))).toBe("dispute_open");
    const aimed = { input: { reason: "other", paymentId: fits.paymentId } };
    expect(await outcomeOf(act("refund", fits, { ...aimed, dryRun: true }))).toBe("dispute_open");
  });

  test("no more goes back than the named payment has, and none of another order's", async () => {
    const { fits, extra } = await notGivenBack(600);
    const wish = (paymentId: string, amountMinor: number) => ({
      input: { reason: "other", paymentId, amountMinor },
    });
    const stranger = await desk.sold();
    for (const dryRun of [true, false]) {
      const more = act("refund", fits, { ...wish(extra.paymentId, 601), dryRun });
      expect(await outcomeOf(more)).toBe("refund_too_large");
      const other = act("refund", fits, { ...wish(stranger.paymentId, 1), dryRun });
      expect(await outcomeOf(other)).toBe("payment_not_captured");
    }
    expect(await outcomeOf(act("refund", fits, wish(fits.paymentId, 1_000)))).toBe("done");
  });
});
