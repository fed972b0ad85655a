import type { OrderStatus } from "../../../orders/lifecycle.ts";
import type { Diagnosis } from "../../diagnosis.ts";
import { type Html, html } from "../html.ts";
import { inWords } from "./words.ts";

/** What a colour means, everywhere: its word says the same to those who don't see it. */
export type Tone = "good" | "busy" | "bad" | "over" | "plain";

/** One word in a coloured pill. */
export function badge(tone: Tone, text: string): Html {
  return html`<span class="badge ${tone}">${text}</span>`;
}

/**
 * Tones of the statuses of orders, payments, refunds, disputes, messages, events, jobs, holds,
 * endpoints and what they are told.
 */
const tones: Record<string, Tone> = {
  draft: "plain",
  reserving: "busy",
  awaiting_payment: "busy",
  paid: "good",
  fulfilling: "good",
  completed: "good",
  rejected: "over",
  expired: "over",
  cancelled: "over",
  created: "busy",
  pending: "busy",
  action_required: "busy",
  processing: "busy",
  captured: "good",
  failed: "bad",
  requested: "busy",
  succeeded: "good",
  inquiry: "busy",
  open: "bad",
  won: "good",
  lost: "bad",
  sending: "busy",
  sent: "good",
  dropped: "over",
  received: "busy",
  unmatched: "busy",
  applied: "good",
  foreign: "over",
  ignored: "over",
  abandoned: "bad",
  settled: "good",
  held: "busy",
  sold: "good",
  consumed: "good",
  released: "over",
  waiting: "busy",
  active: "busy",
  delayed: "busy",
  parked: "busy",
  delivered: "good",
  enabled: "good",
  failing: "bad",
  disabled: "over",
};

/** The badge of any status that Aurora knows; a new one is shown plainly. */
export function statusBadge(status: string): Html {
  return badge(tones[status] ?? "plain", inWords(status));
}

export function orderBadge(order: { status: OrderStatus; closing: string | null }): Html {
  if (order.closing === "edited") return badge("busy", "changing");
  if (order.closing) return badge("busy", `closing: ${inWords(order.closing)}`);
  return statusBadge(order.status);
}

const severities: Record<Diagnosis["severity"], { tone: Tone; text: string }> = {
  fine: { tone: "good", text: "Nothing to do" },
  waiting: { tone: "busy", text: "Aurora is at it" },
  problem: { tone: "bad", text: "Needs a hand" },
};

export function severityBadge(severity: Diagnosis["severity"]): Html {
  const { tone, text } = severities[severity];
  return badge(tone, text);
}
