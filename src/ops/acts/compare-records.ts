import { formatMoney } from "../../notifications/format.ts";
import type { Intent } from "../../payments/intent.ts";
import type { OrderFacts } from "../facts/facts.ts";
import type { PaymentFact, StripeRecord } from "../facts/money-facts.ts";
import { type MoneyBack, moneyBackOf } from "./money-standing.ts";

/** One field as we have it, and as Stripe has it; null where a side has none. */
export type ComparedField = {
  field: string;
  ours: string | null;
  stripes: string | null;
  differs: boolean;
};

/** One payment, refund or dispute, side by side. */
export type ComparedRecord = {
  kind: "payment" | "refund" | "dispute";
  /** Our row's id; null where only Stripe knows of it. */
  id: string | null;
  /** The object's id at Stripe, or null where it has none yet. */
  stripeId: string | null;
  title: string;
  rows: ComparedField[];
};

type Answered = Extract<StripeRecord, { state: "answered" }>;

/**
 * Our record beside Stripe's, as far as Stripe has answered: what "Check in Stripe" would apply.
 * Empty where Stripe was not asked, or did not answer.
 */
export function compareRecords({
  payments,
  refunds,
  disputes,
  stripe,
}: Pick<OrderFacts, "payments" | "refunds" | "disputes" | "stripe">): ComparedRecord[] {
  if (stripe.state !== "answered") return [];
  const asked = payments.flatMap((payment) => {
    const answer = stripe.intents.find(({ paymentId }) => paymentId === payment.id);
    return answer ? [{ payment, intent: answer.intent }] : [];
  });
  return [
    ...asked.map(({ payment, intent }) => {
      return comparePayment(payment, intent, moneyBackOf({ refunds, disputes }, payment));
    }),
    ...compareRefunds(refunds, stripe, asked),
    ...compareDisputes(disputes, stripe),
  ];
}

/** The fields in which the two sides differ, each as a sentence. */
export function differencesIn(records: readonly ComparedRecord[]): string[] {
  return records.flatMap(({ title, rows }) =>
    rows
      .filter(({ differs }) => differs)
      .map(({ field, ours, stripes }) => {
        const [here, there] = [ours ?? "unknown", stripes ?? "unknown"];
        return `${title}: ${field} is ${here} here and ${there} at Stripe.`;
      }),
  );
}

/** Which of Stripe's statuses ours stands for; `created` is one that Stripe may not know yet. */
const statusesAtStripe: Record<PaymentFact["status"], readonly string[]> = {
  created: [],
  pending: ["needs_payment"],
  action_required: ["needs_action"],
  processing: ["processing"],
  captured: ["captured"],
  cancelled: ["cancelled"],
  failed: [],
};

const yesOrNo = (fact: boolean) => (fact ? "yes" : "no");

function comparePayment(
  payment: PaymentFact,
  intent: Intent | "missing",
  back: MoneyBack,
): ComparedRecord {
  const { id, attempt, status, intentId: stripeId } = payment;
  const about = { kind: "payment" as const, id, stripeId, title: `Payment ${attempt}` };
  if (intent === "missing") {
    return { ...about, rows: [row("status", status, "no such payment", true)] };
  }
  const taken = intent.status === "captured" ? intent.capturedMinor : 0;
  const takenIn = payment.capturedCurrency ?? payment.currency;
  const given = formatMoney(back.refundedMinor, takenIn, "en");
  const givenAtStripe = formatMoney(intent.refundedMinor, intent.currency, "en");
  const amounts = [
    money("amount", payment.amountMinor, payment.currency, intent.amountMinor, intent.currency),
    money("money taken", payment.capturedMinor, takenIn, taken, intent.currency),
  ];
  const differs = !statusesAtStripe[status].includes(intent.status);
  return {
    ...about,
    rows: [
      row("status", status, intent.status, differs),
      ...amounts,
      row("method", payment.method, intent.method, false),
      // The refunds and disputes themselves, below, say whether that is a difference.
      row("money given back", given, givenAtStripe, false),
      row("disputed", yesOrNo(back.disputed), yesOrNo(intent.disputed), false),
    ],
  };
}

function compareRefunds(
  ours: OrderFacts["refunds"],
  { refunds }: Answered,
  asked: readonly { payment: PaymentFact; intent: Intent | "missing" }[],
): ComparedRecord[] {
  const captured = new Set(
    asked.flatMap(({ payment, intent }) =>
      intent !== "missing" && intent.status === "captured" ? [payment.id] : [],
    ),
  );
  const known = ours.filter(({ paymentId, provider }) => {
    return provider === "stripe" && captured.has(paymentId);
  });
  const matched = known.map((refund) => ({
    refund,
    seen: refunds.find(({ id, refundId }) => id === refund.stripeId || refundId === refund.id),
  }));
  const strangers = refunds.filter((seen) => !matched.some((each) => each.seen === seen));
  return [
    ...matched.map(({ refund, seen }): ComparedRecord => {
      // One that was not asked for yet is no difference: it is on its way.
      const waits = refund.status === "requested" || refund.status === "failed";
      const status = seen?.status ?? null;
      return {
        ...{ kind: "refund", id: refund.id, stripeId: refund.stripeId ?? seen?.id ?? null },
        title: `Refund ${refund.id.slice(0, 8)}`,
        rows: [
          row("status", refund.status, status, status === null ? !waits : status !== refund.status),
          money(
            ...(["amount", refund.amountMinor, refund.currency] as const),
            seen?.amountMinor ?? refund.amountMinor,
            seen?.currency ?? refund.currency,
          ),
        ],
      };
    }),
    ...strangers.map(
      ({ id, status, amountMinor, currency }): ComparedRecord => ({
        ...{ kind: "refund", id: null, stripeId: id, title: `Refund ${id}` },
        rows: [
          row("status", null, status, true),
          row("amount", null, formatMoney(amountMinor, currency, "en"), true),
        ],
      }),
    ),
  ];
}

function compareDisputes(ours: OrderFacts["disputes"], { disputes }: Answered): ComparedRecord[] {
  return disputes.map((seen): ComparedRecord => {
    const known = ours.find(({ id }) => id === seen.id);
    const amount = formatMoney(seen.amountMinor, seen.currency, "en");
    const here = known ? formatMoney(known.amountMinor, known.currency, "en") : null;
    return {
      ...{ kind: "dispute", id: known?.id ?? null, stripeId: seen.id },
      title: `Dispute ${seen.id}`,
      rows: [
        row("status", known?.status ?? null, seen.status, known?.status !== seen.status),
        row("amount", here, amount, here !== amount),
      ],
    };
  });
}

function money(
  field: string,
  ourMinor: number,
  ourCurrency: string,
  stripesMinor: number,
  stripesCurrency: string,
): ComparedField {
  const ours = formatMoney(ourMinor, ourCurrency, "en");
  const stripes = formatMoney(stripesMinor, stripesCurrency, "en");
  return row(field, ours, stripes, ours !== stripes);
}

function row(
  field: string,
  ours: string | null,
  stripes: string | null,
  differs: boolean,
): ComparedField {
  return { field, ours, stripes, differs };
}
