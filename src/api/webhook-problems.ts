import type { ProblemKind } from "./money-problems.ts";

/** What can go wrong with webhooks out, by its stable name. */
export const webhookProblems = {
  endpoint_not_found: {
    status: 404,
    title: "There is no such webhook endpoint",
    help: "Check the id, and that the key belongs to the endpoint's shop.",
  },
  too_many_endpoints: {
    status: 409,
    title: "The shop has enough webhook endpoints",
    help: "Delete one that nobody needs any more.",
  },
  endpoint_disabled: {
    status: 409,
    title: "The webhook endpoint is disabled",
    help: 'Enable it first: PATCH it with {"status": "enabled"}.',
  },
  endpoint_changed: {
    status: 412,
    title: "The webhook endpoint has changed since you looked",
    help: "Read it again, and send its version in If-Match.",
  },
  replay_too_large: {
    status: 422,
    title: "Too many events lie in this range",
    help: "Name a shorter range, and then the next. dryRun tells how many lie in one.",
  },
} as const satisfies Record<string, ProblemKind>;
