import { describe, expect, test } from "vitest";
import type { ActName } from "../../../src/ops/acts/act.ts";
import { acts } from "../../../src/ops/acts/acts.ts";
import { collectFacts } from "../../../src/ops/facts/collect-facts.ts";
import { ordersAt, type Standing, standings } from "../../orders/operators/orders-in.ts";
import type { Paying, Placed } from "../../support/paying.ts";
import { ann, ben, everything, outcomeOf, useActDesk } from "./desk.ts";

const { desk, means, books, act, seen } = useActDesk();
const { orderAt } = ordersAt(desk);

const done = "done";
const [not, closing, review] = ["not_awaiting_payment", "order_is_closing", "payment_under_review"];
const [never, unpaid] = ["never_at_stripe", "order_not_paid"];

type Case = { act: ActName; input?: object; answers: string[] };

// In the order of the standings: draft, reserving, rejected, awaiting payment, closing, under
// review, expired, cancelled, paid, cancelled after payment, fulfilling, completed.
const cases: Case[] = [
  { act: "check", answers: [never, never, never, ...Array(9).fill(done)] },
  {
    act: "retry_payment",
    answers: [not, not, not, done, closing, review, not, not, not, not, not, not],
  },
  {
    act: "set_status",
    input: { to: "paid", reference: "till 7" },
    answers: [
      ...[done, done, "out_of_stock", done, done, done, done, done, "already_paid", "paid_before"],
      ...["already_paid", "already_paid"],
    ],
  },
  {
    act: "set_status",
    input: { to: "expired" },
    answers: [
      ...[done, done, not, done, closing, done, not, not, "already_paid", not],
      ...["already_paid", "already_paid"],
    ],
  },
  {
    act: "set_status",
    input: { to: "cancelled" },
    answers: [
      ...[done, done, done, done, closing, review, "order_expired", "already_cancelled"],
      ...["order_is_paid", "already_cancelled", "order_is_paid", "nothing_to_ship"],
    ],
  },
  {
    act: "cancel",
    input: { refund: "full" },
    answers: [
      ...[done, done, done, done, closing, review, "order_expired", "already_cancelled"],
      ...[done, "already_cancelled", done, "nothing_to_ship"],
    ],
  },
  {
    act: "refund",
    input: { reason: "damaged" },
    answers: [
      ...[unpaid, unpaid, unpaid, unpaid, unpaid, done, unpaid, unpaid, done],
      ...["nothing_left_to_refund", done, done],
    ],
  },
  {
    act: "release_hold",
    answers: [
      ...[done, done, not, done, closing, done, not, not, "already_paid", not],
      ...["already_paid", "already_paid"],
    ],
  },
  {
    act: "extend_hold",
    input: { minutes: 10 },
    answers: [not, not, not, done, closing, done, not, not, not, not, not, not],
  },
  {
    act: "order_again",
    answers: [
      ...["order_not_over", "order_not_over", done, "order_not_over", "order_not_over"],
      ...["order_not_over", done, done, "order_not_over", done, "order_not_over"],
      "order_not_over",
    ],
  },
  {
    act: "settle",
    answers: standings.map((standing) => (standing === "under review" ? "money_owed" : done)),
  },
  {
    act: "settle",
    input: { returned: "bank transfer 4711" },
    answers: standings.map((standing) => (standing === "under review" ? done : "nothing_owed")),
  },
  {
    act: "resend",
    input: { messageId: "01920000-0000-7000-8000-000000000000" },
    answers: standings.map(() => "message_not_found"),
  },
  {
    act: "replay_webhook",
    input: { eventId: "evt_of_nobody" },
    answers: standings.map(() => "event_not_found"),
  },
  {
    act: "requeue_job",
    input: { queue: "payment", jobId: "start_payment-01920000-0000-7000-8000-000000000000-1-0" },
    answers: standings.map(() => "job_not_found"),
  },
];

const table = cases.flatMap(({ act, input = {}, answers }) =>
  standings.map((standing, index): [ActName, string, Standing, string, object] => {
    return [act, JSON.stringify(input), standing, answers[index] ?? "", input];
  }),
);

/** Stripe says what was put into the order's books by hand. */
async function atStripe(order: Placed | Paying): Promise<void> {
  if (!("intent" in order)) return;
  const payment = await desk.paymentOf(order);
  const status = payment.status === "pending" ? "needs_payment" : payment.status;
  const capturedMinor = payment.captured_minor ?? 0;
  seen(books, order, { status: status as "captured", capturedMinor });
}

async function refundsOf({ orderId }: Placed | Paying): Promise<string[]> {
  const refunds = desk.db.selectFrom("refunds").select("id").where("order_id", "=", orderId);
  return (await refunds.execute()).map(({ id }) => id);
}

describe("every act in every standing", () => {
  test.each(table)("%s %s of an order that is %s: %s", async (name, _, standing, answer, input) => {
    const order = await orderAt(standing);
    await atStripe(order);
    const asks = { stripe: true, jobs: true };
    const facts = await collectFacts(means, order.orderId, asks);
    const wish = acts[name].input.parse(input);
    const plan = acts[name].plan(facts!, wish);
    // What is missing in stock the facts don't show: the rehearsal does.
    const planned = plan.possible ? done : plan.code;
    expect(planned).toBe(answer === "out_of_stock" ? done : answer);

    const before = await everything(desk.db);
    const refunds = await refundsOf(order);
    // As whoever may just do it: an operator, where it takes no admin.
    const by = acts[name].role(wish) === "admin" ? ann : ben;
    if (by === ann) {
      expect(await outcomeOf(act(name, order, { input, by: ben }))).toBe("role_too_low");
    }
    expect(await outcomeOf(act(name, order, { input, dryRun: true, by }))).toBe(answer);
    expect(await everything(desk.db)).toEqual(before);

    expect(await outcomeOf(act(name, order, { input, by }))).toBe(answer);
    // Money goes back only where the dry run said so.
    const effects = plan.possible ? plan.effects.join(" ") : "";
    const saysSo = /goes back|given back/.test(effects);
    if (!saysSo) expect(await refundsOf(order)).toEqual(refunds);
    const rows = await desk.db
      .selectFrom("operator_acts")
      .select(["act", "actor", "reason"])
      .where("order_id", "=", order.orderId)
      .execute();
    const onRecord = { act: name, actor: by.actor, reason: "the customer called" };
    expect(rows).toEqual(answer === done ? [onRecord] : []);
    if (answer !== done) expect(await everything(desk.db)).toEqual(before);
  });
});
