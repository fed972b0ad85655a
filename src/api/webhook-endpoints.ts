import { randomUUID } from "node:crypto";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import { oncePerKey } from "../db/once.ts";
import { inTransaction, type Trx } from "../db/transaction.ts";
import { Refused } from "../errors.ts";
import { fingerprints } from "../fingerprint.ts";
import * as endpoints from "../webhooks/endpoints.ts";
import { listDeliveries } from "../webhooks/list-deliveries.ts";
import { readAddress } from "../webhooks/read-address.ts";
import { newSecret } from "../webhooks/secrets.ts";
import { requireKey } from "./access.ts";
import { jsonBody, optionalJsonBody } from "./body.ts";
import type { ApiEnv, ApiParts } from "./environment.ts";
import { patiently } from "./patiently.ts";
import { deliveryJson, endpointJson, inward } from "./webhook-json.ts";
import * as routes from "./webhook-routes.ts";

type Api = OpenAPIHono<ApiEnv>;
type Endpoint = endpoints.Endpoint;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const bySecretKey = requireKey("secret");

/** Webhook endpoints over HTTP, for the shop's own server. */
export function addWebhookEndpoints(app: Api, parts: ApiParts): void {
  const { db, settings } = parts;
  const rules = { allowPrivate: settings.WEBHOOK_ALLOW_PRIVATE };

  app.openapi({ ...routes.listEndpointsRoute, middleware: [bySecretKey] }, async (c) => {
    const found = await endpoints.listEndpoints(db, c.get("holder").shop.id);
    return c.json({ data: found.map(endpointJson) }, 200);
  });

  app.openapi({ ...routes.readEndpointRoute, middleware: [bySecretKey, knownId()] }, async (c) => {
    return c.json(shown(c, await endpoints.readEndpoint(db, placeOf(c))), 200);
  });

  app.openapi(
    { ...routes.changeEndpointRoute, middleware: [bySecretKey, knownId(), jsonBody()] },
    async (c) => {
      const { url, eventTypes, ...wish } = c.req.valid("json");
      const change = {
        ...wish,
        ...(url !== undefined && { url: readAddress(url, rules).href }),
        ...(eventTypes !== undefined && { eventTypes: inward(eventTypes) }),
      };
      const changed = await inTransaction(db, async (trx) => {
        await refuseStale(trx, c);
        const place = { ...placeOf(c), actor: c.get("holder").actor };
        return await endpoints.changeEndpoint(trx, place, change);
      });
      return c.json(shown(c, changed), 200);
    },
  );

  app.openapi(
    { ...routes.deleteEndpointRoute, middleware: [bySecretKey, knownId()] },
    async (c) => {
      await inTransaction(db, async (trx) => {
        await refuseStale(trx, c);
        await endpoints.deleteEndpoint(trx, placeOf(c));
      });
      return c.body(null, 204);
    },
  );

  app.openapi(
    { ...routes.listDeliveriesRoute, middleware: [bySecretKey, knownId()] },
    async (c) => {
      const { id: endpointId } = await endpoints.readEndpoint(db, placeOf(c));
      const { status, limit, after } = c.req.valid("query");
      const from = after === undefined ? undefined : Number(after);
      const found = await listDeliveries(db, { endpointId, status, limit, after: from });
      const nextCursor = found.length === limit ? String(found.at(-1)?.nr) : null;
      return c.json({ data: found.map(deliveryJson), nextCursor }, 200);
    },
  );

  addSecrets(app, parts);
}

/** What answers with a secret: once per key, and again with the same where it still signs. */
function addSecrets(app: Api, { db, settings, secrets, serverKey }: ApiParts): void {
  const rules = { allowPrivate: settings.WEBHOOK_ALLOW_PRIVATE };
  const fingerprint = fingerprints(serverKey);

  app.openapi(
    { ...routes.createEndpointRoute, middleware: [bySecretKey, jsonBody()] },
    async (c) => {
      const wanted = c.req.valid("json");
      const shopId = c.get("holder").shop.id;
      const url = readAddress(wanted.url, rules).href;
      const claim = {
        ...{ shopId, operation: "add_endpoint", resourceId: randomUUID() },
        key: c.req.valid("header")["idempotency-key"],
        fingerprint: fingerprint(wanted),
      };
      const wish = { ...wanted, url, eventTypes: inward(wanted.eventTypes), shopId };
      const { answer, replayed } = await patiently(() =>
        inTransaction(db, (trx) =>
          oncePerKey(trx, claim, {
            first: async (id) => {
              const secret = newSecret();
              await endpoints.insertEndpoint(trx, secrets, { ...wish, id, secret });
              return { secret, ...(await endpoints.readEndpoint(trx, { id, shopId })) };
            },
            again: (id) => withSecret(trx, id, shopId),
          }),
        ),
      );
      if (replayed) c.header("Idempotent-Replayed", "true");
      return c.json({ ...shown(c, answer), secret: answer.secret }, 201);
    },
  );

  app.openapi(
    { ...routes.rotateSecretRoute, middleware: [bySecretKey, knownId(), optionalJsonBody()] },
    async (c) => {
      const place = placeOf(c);
      const { overlapHours } = c.req.valid("json");
      const claim = {
        ...{ shopId: place.shopId, operation: "rotate_secret", resourceId: place.id },
        key: c.req.valid("header")["idempotency-key"],
        fingerprint: fingerprint({ rotate: place.id, overlapHours }),
      };
      const { answer, replayed } = await patiently(() =>
        inTransaction(db, (trx) =>
          oncePerKey(trx, claim, {
            first: async () => {
              const secret = newSecret();
              const wish = { secret, overlapHours };
              return { secret, ...(await endpoints.rotateSecret(trx, secrets, place, wish)) };
            },
            again: (id) => withSecret(trx, id, place.shopId),
          }),
        ),
      );
      if (replayed) c.header("Idempotent-Replayed", "true");
      return c.json({ ...shown(c, answer), secret: answer.secret }, 200);
    },
  );

  async function withSecret(trx: Trx, id: string, shopId: string) {
    const endpoint = await endpoints.readEndpoint(trx, { id, shopId });
    const secret = await endpoints.presentSecret(trx, secrets, id);
    if (secret !== null) return { secret, ...endpoint };
    throw new Refused("refused", "No key opens the secret any more. Rotate it for a new one.");
  }
}

function shown(c: Context<ApiEnv>, endpoint: Endpoint) {
  c.header("ETag", `"${endpoint.version}"`);
  return endpointJson(endpoint);
}

export function placeOf(c: Context<ApiEnv>): { id: string; shopId: string } {
  return { id: c.req.param("id") ?? "", shopId: c.get("holder").shop.id };
}

/** What is no id names no endpoint. */
export function knownId(): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (uuid.test(c.req.param("id") ?? "")) return await next();
    throw new Refused("endpoint_not_found", "There is no such webhook endpoint. Check its id.");
  };
}

/** Locks the endpoint, at the version that was seen if one was named. */
async function refuseStale(trx: Trx, c: Context<ApiEnv>): Promise<void> {
  const place = placeOf(c);
  await endpoints.lockEndpoint(trx, place.id);
  const { version } = await endpoints.readEndpoint(trx, place);
  const seen = c.req.header("if-match");
  if (seen === undefined || seen === `"${version}"`) return;
  throw new Refused("endpoint_changed", `The endpoint's version is "${version}" by now.`);
}
