import { createRoute, z } from "@hono/zod-openapi";
import { answer, body, optionalBody, refusals, secretKey } from "./documentation.ts";
import { idempotencyHeaders } from "./schemas.ts";
import * as schemas from "./webhook-schemas.ts";

/** The addresses of webhooks out, as OpenAPI knows them. */

const home = "/v1/webhook-endpoints";
const about = { tags: ["Webhooks out"], security: secretKey };
const params = z.object({ id: z.string().openapi({ description: "The endpoint's id, a UUID." }) });
const ifMatch = z.object({
  "if-match": z
    .string()
    .regex(/^"\d{1,9}"$/, 'Must be the ETag that you saw, such as "3".')
    .optional()
    .openapi({ example: '"3"', description: "Nothing is changed if it is another by now." }),
});

const common = ["unauthorized", "forbidden", "endpoint_not_found"] as const;
const post = ["invalid_header", "lock_timeout", "idempotency_key_reused"] as const;
const json = [
  "malformed_json",
  "payload_too_large",
  "unsupported_media_type",
  "invalid_body",
] as const;

export const createEndpointRoute = createRoute({
  ...about,
  method: "post",
  path: home,
  summary: "Add a webhook endpoint",
  description:
    "From now on it is told of the shop's events, signed as Standard Webhooks says. The answer " +
    "carries the secret; nobody can read it later, but a replay within seven days shows it again.",
  request: { headers: idempotencyHeaders, body: body(schemas.newEndpoint) },
  responses: {
    201: answer("The endpoint, with its secret.", schemas.endpointWithSecret),
    ...refusals("unauthorized", "forbidden", ...post, ...json, "too_many_endpoints"),
  },
});

export const listEndpointsRoute = createRoute({
  ...about,
  method: "get",
  path: home,
  summary: "List the shop's webhook endpoints",
  responses: {
    200: answer("Oldest first.", schemas.endpointList),
    ...refusals("unauthorized", "forbidden"),
  },
});

export const readEndpointRoute = createRoute({
  ...about,
  method: "get",
  path: `${home}/{id}`,
  summary: "Read a webhook endpoint",
  request: { params },
  responses: { 200: answer("The endpoint.", schemas.endpointSchema), ...refusals(...common) },
});

export const changeEndpointRoute = createRoute({
  ...about,
  method: "patch",
  path: `${home}/{id}`,
  summary: "Change, disable or enable a webhook endpoint",
  description:
    "What is left out stays. An endpoint that is enabled again is told of what happens from then " +
    "on: replay what it missed.",
  request: { params, headers: ifMatch, body: body(schemas.endpointChange) },
  responses: {
    200: answer("The endpoint.", schemas.endpointSchema),
    ...refusals(...common, ...json, "invalid_header", "lock_timeout", "endpoint_changed"),
  },
});

export const deleteEndpointRoute = createRoute({
  ...about,
  method: "delete",
  path: `${home}/{id}`,
  summary: "Delete a webhook endpoint",
  description: "What waits for it is dropped, and its secrets are forgotten.",
  request: { params, headers: ifMatch },
  responses: {
    204: { description: "It is deleted." },
    ...refusals(...common, "invalid_header", "lock_timeout", "endpoint_changed"),
  },
});

export const rotateSecretRoute = createRoute({
  ...about,
  method: "post",
  path: `${home}/{id}/rotate-secret`,
  summary: "Give a webhook endpoint a new secret",
  description:
    "For the hours of the overlap every webhook bears two signatures, by the new secret and by " +
    "the one before it, so that the receiver can be changed in peace.",
  request: { params, headers: idempotencyHeaders, body: optionalBody(schemas.rotation) },
  responses: {
    200: answer("The endpoint, with its new secret.", schemas.endpointWithSecret),
    ...refusals(...common, ...post, ...json),
  },
});

export const testEndpointRoute = createRoute({
  ...about,
  method: "post",
  path: `${home}/{id}/test`,
  summary: "Send a webhook endpoint a trial",
  description:
    "An event of type webhook.test that tells of no order, once: its delivery says how it went.",
  request: { params, headers: idempotencyHeaders },
  responses: {
    202: answer("It is being sent: see the endpoint's deliveries.", schemas.deliverySchema),
    ...refusals(...common, ...post, "endpoint_disabled"),
  },
});

export const replayRoute = createRoute({
  ...about,
  method: "post",
  path: `${home}/{id}/replay`,
  summary: "Tell a webhook endpoint once more what happened",
  description:
    "Every event of a time, whether it was told before or not; with the same webhook-id as then, " +
    "so that what was heard is known again. What happens meanwhile goes first.",
  request: { params, headers: idempotencyHeaders, body: body(schemas.replayWish) },
  responses: {
    200: answer("What it would be: a dry run.", schemas.replayOutcome),
    202: answer("So many are on their way.", schemas.replayOutcome),
    ...refusals(...common, ...post, ...json, "endpoint_disabled", "replay_too_large"),
  },
});

export const listDeliveriesRoute = createRoute({
  ...about,
  method: "get",
  path: `${home}/{id}/deliveries`,
  summary: "Read a webhook endpoint's log",
  description: "Each delivery with its tries. What is over is kept for 30 days.",
  request: { params, query: schemas.deliveryQuery },
  responses: {
    200: answer("Newest first.", schemas.deliveryPage),
    ...refusals(...common, "invalid_query"),
  },
});
