import { randomUUID } from "node:crypto";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { oncePerKey } from "../db/once.ts";
import { inTransaction, type Trx } from "../db/transaction.ts";
import { InvariantBroken } from "../errors.ts";
import { fingerprints } from "../fingerprint.ts";
import type { Hint } from "../queues/hint.ts";
import { lockEndpoint, readEndpoint } from "../webhooks/endpoints.ts";
import { readDelivery } from "../webhooks/list-deliveries.ts";
import { countRange, replayRange, sendTest } from "../webhooks/replay.ts";
import { requireKey } from "./access.ts";
import { jsonBody } from "./body.ts";
import type { ApiEnv, ApiParts } from "./environment.ts";
import { patiently } from "./patiently.ts";
import { knownId, placeOf } from "./webhook-endpoints.ts";
import { deliveryJson, inward } from "./webhook-json.ts";
import { replayRoute, testEndpointRoute } from "./webhook-routes.ts";

/** What an endpoint is told because somebody asks for it. */
export function addWebhookReplays(app: OpenAPIHono<ApiEnv>, parts: ApiParts): void {
  const { db, settings, hints: queue, serverKey } = parts;
  const fingerprint = fingerprints(serverKey);
  const bySecretKey = requireKey("secret");

  app.openapi({ ...testEndpointRoute, middleware: [bySecretKey, knownId()] }, async (c) => {
    const place = placeOf(c);
    const claim = {
      ...{ shopId: place.shopId, operation: "test_endpoint", resourceId: randomUUID() },
      key: c.req.valid("header")["idempotency-key"],
      fingerprint: fingerprint({ test: place.id }),
    };
    const hints: Hint[] = [];
    const { answer, replayed } = await patiently(() =>
      inTransaction(db, (trx) =>
        oncePerKey(trx, claim, {
          first: async (id) => {
            const sent = await sendTest(trx, await readEndpoint(trx, place), id);
            hints.push(...sent.hints);
            return await logged(trx, id);
          },
          again: (id) => logged(trx, id),
        }),
      ),
    );
    queue.send(hints);
    if (replayed) c.header("Idempotent-Replayed", "true");
    return c.json(deliveryJson(answer), 202);
  });

  app.openapi({ ...replayRoute, middleware: [bySecretKey, knownId(), jsonBody()] }, async (c) => {
    const place = placeOf(c);
    const { after, before, eventTypes, dryRun } = c.req.valid("json");
    const range = {
      ...{ after: new Date(after), before: new Date(before) },
      eventTypes: inward(eventTypes),
    };
    if (dryRun) {
      const count = await inTransaction(db, async (trx) =>
        countRange(trx, await readEndpoint(trx, place), range),
      );
      return c.json({ count, dryRun }, 200);
    }
    const claim = {
      ...{ shopId: place.shopId, operation: "replay_events", resourceId: place.id },
      key: c.req.valid("header")["idempotency-key"],
      fingerprint: fingerprint({ replay: place.id, ...range }),
    };
    const { answer, replayed } = await patiently(() =>
      inTransaction(db, (trx) =>
        oncePerKey(trx, claim, {
          first: async (id) => {
            await lockEndpoint(trx, id);
            const endpoint = await readEndpoint(trx, place);
            return await replayRange(trx, settings, endpoint, range);
          },
          // Its rows are not told from others': what the range holds is what was replayed.
          again: async () => ({
            count: await countRange(trx, await readEndpoint(trx, place), range),
            hints: [],
          }),
        }),
      ),
    );
    queue.send(answer.hints);
    if (replayed) c.header("Idempotent-Replayed", "true");
    return c.json({ count: answer.count, dryRun }, 202);
  });
}

async function logged(trx: Trx, id: string) {
  const delivery = await readDelivery(trx, id);
  if (delivery) return delivery;
  throw new InvariantBroken("delivery_vanished", `The delivery ${id} was written and is gone.`);
}
