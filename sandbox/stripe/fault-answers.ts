import type { Fault } from "../faults.ts";
import { docUrl, envelope, type ProblemBody } from "./problems.ts";

/** Stripe's own words for a status that the stand-in was told to answer. */
export function faultAnswer({ status, code }: Fault): { status: number; body: string } {
  const known = code ?? codes[status];
  const described = known === undefined ? {} : { code: known, doc_url: docUrl(known) };
  const message = `The sandbox was told to answer ${status}.`;
  return { status, body: envelope({ type: typeOf(status), ...described, message }) };
}

/** Whether an answer is kept under its idempotency key: by default, when the work was begun. */
export function isKept({ stored, executed }: Fault): boolean {
  return stored ?? executed;
}

const codes: Record<number, string> = { 409: "idempotency_key_in_use", 429: "rate_limit" };

function typeOf(status: number): ProblemBody["type"] {
  if (status === 402) return "card_error";
  if (status === 409) return "idempotency_error";
  return status < 500 ? "invalid_request_error" : "api_error";
}
