import type { PaymentMethod } from "./objects.ts";

/** The insides of Stripe's error envelope. */
export type ProblemBody = {
  type: "invalid_request_error" | "card_error" | "idempotency_error" | "api_error";
  message: string;
  code?: string;
  param?: string;
  decline_code?: string;
  charge?: string;
  doc_url?: string;
  payment_intent?: unknown;
  payment_method?: PaymentMethod;
  request_log_url?: string;
};

/** A refusal before anything was executed: under an idempotency key it is not kept. */
export class Problem extends Error {
  readonly status: number;
  readonly body: ProblemBody;

  constructor(status: number, body: ProblemBody) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
}

/** A refusal by what was executed, such as a wrong state: under an idempotency key it is kept. */
export class Verdict extends Problem {}

export function invalidParameter(param: string, code: string, message: string): Problem {
  const doc_url = docUrl(code);
  return new Problem(400, { type: "invalid_request_error", code, doc_url, message, param });
}

export function missingParameter(param: string): Problem {
  return invalidParameter(param, "parameter_missing", `The parameter ${param} is required.`);
}

export function notFound(what: string, id: string, param = "id"): Problem {
  return new Verdict(404, {
    type: "invalid_request_error",
    code: "resource_missing",
    doc_url: docUrl("resource_missing"),
    message: `No such ${what}: '${id}'`,
    param,
  });
}

export function unknownRoute(method: string, path: string): Problem {
  return new Problem(404, {
    type: "invalid_request_error",
    message: `Unrecognized request URL (${method}: ${path}). This route is not played here.`,
  });
}

export function tooManyRequests(): Problem {
  return new Problem(429, {
    type: "invalid_request_error",
    code: "rate_limit",
    doc_url: docUrl("rate_limit"),
    message: "Request rate limit exceeded. Ask again more slowly.",
  });
}

export function docUrl(code: string): string {
  return `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}`;
}

export function envelope(body: ProblemBody): string {
  return JSON.stringify({ error: body });
}
