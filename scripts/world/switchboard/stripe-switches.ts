import { once, untilMended } from "./fault-switch.ts";
import type { StandInDesk } from "./stand-in-desk.ts";
import type { Switch } from "./switch.ts";

const service = "stripe";

/** What goes wrong between Aurora and Stripe, in either direction. */
export function stripeSwitches(desk: StandInDesk): Switch[] {
  return [...answers(desk), ...refusals(desk), ...webhooks(desk)];
}

function answers(desk: StandInDesk): Switch[] {
  const group = "Stripe's answers";
  const lost = "The connection breaks after Stripe has done it and before Aurora hears of it.";
  return [
    once(desk, {
      ...{ id: "answer_to_create", group, title: "Answer to a new payment lost", happens: lost },
      watch: "The payment starts all the same: the same key, sent again, gives the same payment.",
      faults: [{ service, kind: "drop_after", route: "POST /v1/payment_intents" }],
    }),
    answerAfterCharging(desk, group),
    once(desk, {
      ...{ id: "answer_to_refund", group, title: "Answer to a refund lost", happens: lost },
      watch: "The refund is looked up and never made twice: refund an order and see its ledger.",
      faults: [{ service, kind: "drop_after", route: "POST /v1/refunds" }],
    }),
    untilMended(desk, {
      ...{ id: "stripe_down", group, title: "Stripe is down" },
      happens: "Every connection of Aurora to Stripe breaks before anything is done.",
      watch:
        "New orders say that Stripe did not answer; once it is mended they go on by themselves.",
      faults: [{ service, kind: "drop_before" }],
    }),
    untilMended(desk, {
      ...{ id: "stripe_slow", group, title: "Stripe is slow" },
      happens: "Every answer of Stripe comes three seconds late.",
      watch: "Orders get their payment later, and the others do not wait for them.",
      faults: [{ service, kind: "delay", executed: true, delayMs: 3_000 }],
    }),
    untilMended(desk, {
      ...{ id: "stripe_list_down", group, title: "Stripe's list of events is down" },
      happens: "Stripe refuses to list its events, behind which lost webhooks are found.",
      watch: "With all webhooks lost too, only a look at the payment itself finds the money.",
      faults: [{ service, kind: "status", status: 503, route: "GET /v1/events" }],
    }),
  ];
}

/** Charging is between the customer and Stripe: Aurora hears by webhook, or by asking. */
function answerAfterCharging(desk: StandInDesk, group: string): Switch {
  const id = "answer_after_charging";
  const undo = async () => {
    await desk.endFaults(id);
    await desk.tell("stripe/webhooks/lose_next", { count: 0 });
  };
  return {
    ...{ id, group, title: "Answer after charging lost", undo },
    happens: "The next card is charged; its webhook is lost, and so is the first answer to asking.",
    watch: "The order is paid a few seconds later than usual, and the money is taken once.",
    state: (seen) =>
      seen.faults.some(({ name }) => name === id) ? "strikes the next payment" : null,
    acts: [
      {
        id: "next",
        label: "Strike the next one",
        async run() {
          await undo();
          const route = "GET /v1/payment_intents/:id";
          await desk.addFault({ service, kind: "drop_after", route, times: 1, name: id });
          await desk.tell("stripe/webhooks/lose_next", { count: 1 });
          return "The next payment's webhook is lost, and so is the first answer about it.";
        },
      },
      {
        id: "off",
        label: "Take it back",
        run: () => undo().then(() => "Answers about payments arrive again."),
      },
    ],
  };
}

/** Stripe answers, and its answer is no. */
function refusals(desk: StandInDesk): Switch[] {
  const group = "Stripe's refusals";
  const no = { service, kind: "status", status: 400 };
  const unknown = { ...no, status: 404, code: "resource_missing" };
  return [
    once(desk, {
      ...{ id: "payment_refused", group, title: "Next payment refused for good" },
      happens: "Stripe refuses to open the next payment: the customer has no way to pay.",
      watch: "The order is a problem until somebody has the payment tried again.",
      faults: [{ ...no, route: "POST /v1/payment_intents" }],
    }),
    untilMended(desk, {
      ...{ id: "reading_refused", group, title: "Stripe shows no payment" },
      happens: "Webhooks come, and Stripe refuses to be asked about the payment they tell of.",
      watch: "A paid order says that the confirmation came and that our work on it failed.",
      faults: [{ ...no, route: "GET /v1/payment_intents/:id" }],
    }),
    untilMended(desk, {
      ...{ id: "payments_unknown", group, title: "Stripe knows no payment of ours" },
      happens: "Stripe answers that it has no such payment, as with the key of another account.",
      watch: "An order that waits for its payment says that Stripe does not know it.",
      faults: [{ ...unknown, route: "GET /v1/payment_intents/:id" }],
    }),
    untilMended(desk, {
      ...{ id: "closing_refused", group, title: "Stripe cancels no payment" },
      happens: "Stripe refuses to cancel payments, so that no order can end that might be paid.",
      watch: "The job fails for good; the goods stay held, and the order ends once it is mended.",
      faults: [{ ...no, route: "POST /v1/payment_intents/:id/cancel" }],
    }),
    untilMended(desk, {
      ...{ id: "balance_too_low", group, title: "Stripe's balance is too low" },
      happens: "Stripe refuses refunds, as it does when an account has no money left.",
      watch: "A refund stands on record and is asked for again, under a key of its own.",
      faults: [{ ...no, code: "balance_insufficient", route: "POST /v1/refunds" }],
    }),
  ];
}

function webhooks(desk: StandInDesk): Switch[] {
  const group = "Webhooks";
  const loseNext = (count: number) => desk.tell("stripe/webhooks/lose_next", { count });
  const lose = (share: number) => desk.tell("stripe/trouble", share > 0 ? { lose: share } : {});
  return [
    {
      ...{ id: "next_webhook_lost", group, title: "Next webhook lost", undo: () => loseNext(0) },
      happens: "Stripe believes that its next webhook was delivered, and it never comes.",
      watch: "A payment's webhook: the order becomes paid all the same, from Stripe's own list.",
      state: ({ stripe }) => (stripe.loseNext > 0 ? `loses ${stripe.loseNext} to come` : null),
      acts: [
        {
          id: "next",
          label: "Lose the next one",
          run: () => loseNext(1).then(() => "The next webhook gets lost."),
        },
        {
          id: "off",
          label: "Take it back",
          run: () => loseNext(0).then(() => "The next webhook arrives."),
        },
      ],
    },
    {
      ...{ id: "webhooks_lost", group, title: "All webhooks lost", undo: () => lose(0) },
      happens: "No webhook of Stripe arrives any more, and Stripe believes that all do.",
      watch: "Orders are paid after half a minute: that long the silence must last to be noticed.",
      state: ({ stripe }) => ((stripe.trouble?.lose ?? 0) > 0 ? "on" : null),
      acts: [
        { id: "on", label: "Break it", run: () => lose(1).then(() => "Every webhook gets lost.") },
        { id: "off", label: "Mend it", run: () => lose(0).then(() => "Webhooks arrive again.") },
      ],
    },
  ];
}
