import { html } from "hono/html";
import type { Dispute, Refund } from "../stripe/money-objects.ts";
import type { Intent } from "../stripe/objects.ts";
import type { Html } from "./layout.ts";

/** Currencies that Stripe counts in hundredths although their coins have gone. */
const countedInHundredths = new Set(["isk", "ugx"]);

export function showMoney(amountMinor: number, currency: string): string {
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  const shown = format.resolvedOptions().maximumFractionDigits ?? 2;
  const digits = countedInHundredths.has(currency) ? 2 : shown;
  return format.format(amountMinor / 10 ** digits);
}

const clock = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZone: "UTC",
});

/** In UTC, as Aurora's timelines and logs are. */
export function showTime(at: number | string): Html {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}">${clock.format(new Date(at))}</time>`;
}

/** A status in words, and the colour of its badge. */
export const intentStates: Record<Intent["status"], { words: string; tone: string }> = {
  requires_payment_method: { words: "Waits for payment", tone: "" },
  requires_confirmation: { words: "Waits for confirmation", tone: "" },
  requires_action: { words: "Asks for 3D Secure", tone: "wait" },
  processing: { words: "Processing", tone: "wait" },
  requires_capture: { words: "Waits for capture", tone: "wait" },
  succeeded: { words: "Paid", tone: "good" },
  canceled: { words: "Canceled", tone: "bad" },
};

export const refundTones: Record<Refund["status"], string> = {
  pending: "wait",
  requires_action: "wait",
  succeeded: "good",
  failed: "bad",
  canceled: "",
};

export const disputeTones: Record<Dispute["status"], string> = {
  warning_needs_response: "wait",
  warning_under_review: "wait",
  warning_closed: "",
  needs_response: "wait",
  under_review: "wait",
  won: "good",
  lost: "bad",
};
