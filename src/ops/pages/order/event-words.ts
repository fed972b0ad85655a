import type { EventFact } from "../../facts/facts.ts";
import { type Content, html } from "../html.ts";
import type { Tone } from "../parts/badge.ts";
import { money } from "../parts/money.ts";
import { asTitle, inWords } from "../parts/words.ts";

type Detail = EventFact["detail"];
type Words = { title: string; tone: Tone; notes?: (detail: Detail) => Content[] };

const text = (detail: Detail, key: string): string | null =>
  typeof detail[key] === "string" ? detail[key] : null;

function amountIn(detail: Detail): Content[] {
  const { amountMinor, currency } = detail;
  if (typeof amountMinor !== "number" || typeof currency !== "string") return [];
  return [money(amountMinor, currency)];
}

const reasonIn = (key: string) => (detail: Detail) => {
  const reason = text(detail, key);
  return [...amountIn(detail), ...(reason === null ? [] : [inWords(reason)])];
};

function shortagesIn(detail: Detail): Content[] {
  const shortages = Array.isArray(detail["shortages"]) ? detail["shortages"] : [];
  return shortages.map(
    ({ sku, requested, available }) =>
      html`<code>${sku}</code> wanted ${requested}, available ${available}`,
  );
}

/** What an edit changes, or would have: quantities first, then what the order comes to. */
function differenceIn(detail: Detail): Content[] {
  const lines = Array.isArray(detail["lines"]) ? detail["lines"] : [];
  return lines.map(({ sku, from, to }) => html`<code>${sku}</code> ${from} → ${to}`);
}

function goodsIn(detail: Detail): Content[] {
  const lines = Array.isArray(detail["lines"]) ? detail["lines"] : [];
  const shown = lines.slice(0, shownGoods);
  const more = lines.length - shown.length;
  return [
    ...shown.map(({ sku, quantity }) => html`${quantity} × <code>${sku}</code>`),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}
const shownGoods = 5;

function restIn({ left }: Detail): Content[] {
  return typeof left === "number" && left > 0 ? [`${left} still to ship`] : [];
}

/** Whether the money for these goods goes back. */
function moneyBackIn({ refundId }: Detail): Content[] {
  return [refundId === null ? "without a refund" : "their money goes back"];
}

/** How an operator reads each event; one that is new here is shown by its name. */
const words: { [Event in EventFact["event"]]?: Words } = {
  placed: { title: "Order placed", tone: "plain" },
  checked_out: { title: "Checked out", tone: "plain" },
  stock_reserved: { title: "Stock held for the customer", tone: "plain" },
  stock_refused: { title: "Rejected: out of stock", tone: "over", notes: shortagesIn },
  edited: { title: "Changed: its stock is looked for anew", tone: "plain", notes: differenceIn },
  redrafted: { title: "Changed, and a draft again", tone: "plain", notes: differenceIn },
  draft_edited: { title: "Changed before it could be paid", tone: "plain", notes: differenceIn },
  contact_changed: { title: "Contact or address changed", tone: "plain" },
  edit_refused: {
    title: "The change came too late",
    tone: "over",
    notes: (detail) => [...reasonIn("because")(detail), ...differenceIn(detail)],
  },
  payment_captured: {
    title: "Paid",
    tone: "good",
    notes: (detail) =>
      detail["cancelledTooLate"] ? ["The customer had cancelled, but the payment was faster."] : [],
  },
  draft_expired: { title: "Expired before its stock was held", tone: "over" },
  hold_expired: { title: "Expired unpaid", tone: "over", notes: reasonIn("because") },
  cancelled: { title: "Cancelled", tone: "over", notes: reasonIn("because") },
  revived: { title: "Paid late, and brought back to life", tone: "good" },
  cancelled_after_payment: {
    title: "Cancelled after payment",
    tone: "over",
    notes: (detail) => (text(detail, "refund") ? [`refund: ${text(detail, "refund")}`] : []),
  },
  shipped: {
    title: "Shipped",
    tone: "good",
    notes: (detail) => [`with ${text(detail, "carrier")}`, ...goodsIn(detail), ...restIn(detail)],
  },
  completed: { title: "Completed: nothing is left to ship", tone: "good" },
  lines_cancelled: {
    title: "Goods cancelled",
    tone: "over",
    notes: (detail) => [...goodsIn(detail), ...moneyBackIn(detail)],
  },
  returned: {
    title: "Goods returned",
    tone: "plain",
    notes: (detail) => [...goodsIn(detail), ...moneyBackIn(detail)],
  },
  payment_started: { title: "Payment opened at Stripe", tone: "plain" },
  payment_action_required: { title: "The bank asks the customer to confirm", tone: "busy" },
  payment_action_failed: { title: "The customer did not confirm at the bank", tone: "busy" },
  payment_processing: { title: "The payment is on its way", tone: "busy" },
  payment_declined: {
    title: "Payment declined",
    tone: "bad",
    notes: (detail) => [inWords(text(detail, "declineCode") ?? text(detail, "code") ?? "")],
  },
  payment_reopened: { title: "A new payment was opened", tone: "plain" },
  refund_requested: { title: "Refund asked for", tone: "busy", notes: reasonIn("reason") },
  refund_accepted: { title: "Stripe took the refund on", tone: "busy", notes: amountIn },
  refund_succeeded: { title: "Refunded", tone: "good", notes: amountIn },
  refund_failed: { title: "Refund failed", tone: "bad", notes: reasonIn("failure") },
  dispute_opened: { title: "Dispute opened", tone: "bad", notes: reasonIn("reason") },
  dispute_won: { title: "Dispute won", tone: "good", notes: amountIn },
  dispute_lost: { title: "Dispute lost", tone: "bad", notes: amountIn },
  closing: { title: "Its payment is being closed", tone: "busy", notes: reasonIn("closing") },
  attention: { title: "Flagged for a person", tone: "bad", notes: reasonIn("code") },
};

/** What else an event's detail says, for events that have no words of their own. */
function plainNotes(detail: Detail): Content[] {
  return Object.entries(detail)
    .filter(([, value]) => ["string", "number", "boolean"].includes(typeof value))
    .map(([key, value]) => `${inWords(key)}: ${String(value)}`);
}

export function eventWords({ event, detail }: Pick<EventFact, "event" | "detail">) {
  const known = words[event];
  const requestId = text(detail, "requestId");
  return {
    title: known?.title ?? asTitle(event),
    tone: known?.tone ?? ("plain" as const),
    notes: [
      ...(known ? (known.notes?.(detail) ?? []) : plainNotes(detail)),
      ...(requestId === null ? [] : [html`Stripe's request <code>${requestId}</code>`]),
    ],
  };
}

/** The route by which a shop's key did something. */
const routes: { [Event in EventFact["event"]]?: string } = {
  placed: "POST /v1/orders",
  cancelled: "POST /v1/orders/{id}/cancel",
  cancelled_after_payment: "POST /v1/orders/{id}/cancel",
  closing: "POST /v1/orders/{id}/cancel",
  checked_out: "POST /v1/orders/{id}/checkout",
  edited: "PATCH /v1/orders/{id}",
  redrafted: "PATCH /v1/orders/{id}",
  draft_edited: "PATCH /v1/orders/{id}",
  contact_changed: "PATCH /v1/orders/{id}",
  shipped: "POST /v1/orders/{id}/shipments",
  completed: "POST /v1/orders/{id}/shipments",
  lines_cancelled: "POST /v1/orders/{id}/cancel",
  returned: "POST /v1/orders/{id}/returns",
  refund_requested: "POST /v1/orders/{id}/refunds",
};

function routeOf({ event, detail }: Pick<EventFact, "event" | "detail">): string | undefined {
  const isEdit = event === "closing" && detail["closing"] === "edited";
  return routes[isEdit ? "edited" : event];
}

/** Who did it, in words; of a shop's server also by which route. */
export function whoDid(actor: string, of?: Pick<EventFact, "event" | "detail">): string {
  const [kind, name] = [actor.split(":")[0] ?? "", actor.slice(actor.indexOf(":") + 1)];
  const route = of && routeOf(of);
  if (kind === "key") return `API key ${name}${route ? `, ${route}` : ""}`;
  if (kind === "ops") return name;
  if (kind === "cli") return `${name}, by command`;
  if (kind === "guest") return `the customer${route ? `, ${route}` : ""}`;
  if (kind === "stripe") return "Stripe";
  return `Aurora (${inWords(actor)})`;
}
