import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { askForRefunds, seenDispute, seenRefund } from "../../support/money-back.ts";
import { useRefundDesk } from "../../support/refunding.ts";

const desk = useRefundDesk();

describe("a refund that a shop asks for", () => {
  test("is on record, with who, why and what for, before Stripe is asked", async () => {
    const paying = await desk.sold();
    const wish = { amountMinor: 250, reason: "damaged", note: "Chipped rim", actor: "key:shop" };
    const request = desk.wishOf(paying, wish);
    const { results, hints } = await askForRefunds(desk.db, desk.settings, request);
    const [row] = await desk.refundsOf(paying);
    expect(results).toEqual([{ outcome: "requested", refundId: row?.id, replayed: false }]);
    expect(row).toMatchObject({
      ...{ status: "requested", amount_minor: 250, currency: "gbp", reason: "damaged" },
      ...{ note: "Chipped rim", actor: "key:shop", stripe_id: null, asked_at: null },
    });
    expect(row?.due_at).not.toBeNull();
    expect(hints).toMatchObject([{ queue: "payment", kind: "start_refund", id: row?.id }]);
    const [event] = (await desk.historyOf(paying)).slice(-1);
    expect(event).toEqual({
      event: "refund_requested",
      detail: { refundId: row?.id, amountMinor: 250, currency: "gbp", reason: "damaged" },
    });
    // No money has moved, so nothing is booked and nobody is told.
    expect(await desk.ledgerOf(paying)).toEqual({ stripe: 1_000, sales: -1_000 });
    expect(await desk.messagesOf(paying)).not.toContain("order_refunded/email");
  });

  test("is for all that is left where no amount is named", async () => {
    const paying = await desk.sold();
    await desk.refund(paying, 300);
    await desk.refund(paying);
    expect(await desk.amountsOf(paying)).toEqual([300, 700]);
    expect(await desk.ask(paying)).toMatchObject({
      outcome: "refused",
      error: { code: "nothing_left_to_refund" },
    });
  });

  test("is never more than what is left, and the refusal says how much that is", async () => {
    const paying = await desk.sold();
    await desk.refund(paying, 400);
    expect(await desk.ask(paying, { amountMinor: 601 })).toMatchObject({
      outcome: "refused",
      error: {
        code: "refund_too_large",
        message: "At most 600 can still be given back (in minor units of gbp).",
        faults: [{ field: "amountMinor" }],
      },
    });
    await desk.refund(paying, 600);
  });

  test("counts what somebody gave back in Stripe's dashboard", async () => {
    const paying = await desk.sold();
    await desk.look(paying, seenRefund({ amountMinor: 900 }));
    expect(await desk.ask(paying, { amountMinor: 101 })).toMatchObject({
      outcome: "refused",
      error: { code: "refund_too_large" },
    });
    await desk.refund(paying, 100);
  });

  test.each([
    ["that nobody has paid", () => desk.payable(), "order_not_paid"],
    [
      "that does not exist",
      async () => ({ ...(await desk.sold()), orderId: randomUUID() }),
      "order_not_found",
    ],
  ])("is refused for an order %s", async (_which, order, code) => {
    const outcome = await desk.ask(await order());
    expect(outcome).toMatchObject({ outcome: "refused", error: { code } });
  });

  test("is refused while a bank disputes the payment, and once it has taken it back", async () => {
    const paying = await desk.sold();
    const dispute = seenDispute({});
    for (const [status, code] of [
      ["open", "dispute_open"],
      ["lost", "dispute_lost"],
    ] as const) {
      await desk.lookAtDisputes(paying, { ...dispute, status });
      expect(await desk.ask(paying)).toMatchObject({ outcome: "refused", error: { code } });
    }
  });
});

describe("a nervous second click", () => {
  test("with the same key is the same refund, later and within one batch", async () => {
    const paying = await desk.sold();
    const request = desk.wishOf(paying, { amountMinor: 400 });
    const clicks = await Promise.all(
      Array.from({ length: 50 }, () => askForRefunds(desk.db, desk.settings, request, request)),
    );
    const { results } = await askForRefunds(desk.db, desk.settings, request);
    // A twin at work in another transaction is told to come again: the API does so by itself.
    const told = [...clicks.flatMap((click) => click.results), ...results].filter(
      (result) => result.outcome === "requested",
    );
    expect(await desk.amountsOf(paying)).toEqual([400]);
    expect(new Set(told.map(({ refundId }) => refundId)).size).toBe(1);
    expect(told.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });

  test("with the same key and another wish is refused; with another key it is meant", async () => {
    const paying = await desk.sold();
    const request = desk.wishOf(paying, { amountMinor: 400 });
    const other = {
      ...desk.wishOf(paying, { amountMinor: 300 }),
      idempotencyKey: request.idempotencyKey,
    };
    const again = { ...request, idempotencyKey: randomUUID() };
    const { results } = await askForRefunds(desk.db, desk.settings, request, other, again);
    expect(results).toMatchObject([
      { outcome: "requested", replayed: false },
      { outcome: "refused", error: { code: "idempotency_key_reused" } },
      { outcome: "requested", replayed: false },
    ]);
    expect(await desk.amountsOf(paying)).toEqual([400, 400]);
  });

  test("on what is refused is refused alike, and gives the key back", async () => {
    const paying = await desk.sold();
    const request = desk.wishOf(paying, { amountMinor: 1_001 });
    const { results } = await askForRefunds(desk.db, desk.settings, request, request);
    const refused = { outcome: "refused", error: { code: "refund_too_large" } };
    expect(results).toMatchObject([refused, refused]);
    const mended = {
      ...desk.wishOf(paying, { amountMinor: 1_000 }),
      idempotencyKey: request.idempotencyKey,
    };
    expect((await askForRefunds(desk.db, desk.settings, mended)).results).toMatchObject([
      { outcome: "requested", replayed: false },
    ]);
  });

  test("after the key was forgotten is still the same refund", async () => {
    const paying = await desk.sold();
    const request = desk.wishOf(paying, { amountMinor: 400 });
    await askForRefunds(desk.db, desk.settings, request);
    await desk.db.deleteFrom("idempotency_keys").execute();
    const { results } = await askForRefunds(desk.db, desk.settings, request);
    expect(results).toMatchObject([{ outcome: "requested", replayed: true }]);
    expect(await desk.amountsOf(paying)).toEqual([400]);
  });
});
