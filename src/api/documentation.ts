import type { z } from "@hono/zod-openapi";
import { type ProblemName, problems } from "./problems.ts";
import { problemSchema } from "./schemas.ts";

/** How the routes describe their answers to OpenAPI. */

export const secretKey = [{ secretKey: [] }];
export const anyKey = [{ publishableKey: [] }, { secretKey: [] }];
export const secretKeyOrToken = [{ secretKey: [] }, { orderToken: [] }];

/** An answer in JSON. */
export function answer<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { "application/json": { schema } } };
}

/** A body in JSON, which must be there. */
export function body<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { "application/json": { schema } } } as const;
}

/** A body in JSON that may be left out. */
export function optionalBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: false, content: { "application/json": { schema } } } as const;
}

/** What can go wrong with any body, with any POST under its key, and on the way to any order. */
export const withBody = [
  "malformed_json",
  "payload_too_large",
  "unsupported_media_type",
  "invalid_body",
] as const;
export const underKey = ["invalid_header", "lock_timeout", "idempotency_key_reused"] as const;
export const ofOrder = ["unauthorized", "forbidden", "order_not_found"] as const;

/** The problems that a route may answer with, by status; `unavailable` comes by itself. */
export function refusals(...names: ProblemName[]) {
  const described: Record<number, { description: string; content: typeof content }> = {};
  for (const name of [...names, "unavailable" as const]) {
    const { status, title } = problems[name];
    const before = described[status];
    const description = before ? `${before.description}; or: ${title}` : title;
    described[status] = { description, content };
  }
  return described;
}

const content = { "application/problem+json": { schema: problemSchema } };
