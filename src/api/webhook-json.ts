import type { z } from "@hono/zod-openapi";
import type { OrderEvent, OrderRemark } from "../orders/lifecycle.ts";
import { eventType } from "../orders/told-events.ts";
import type { Endpoint } from "../webhooks/endpoints.ts";
import type { DeliveryView } from "../webhooks/list-deliveries.ts";
import type { deliverySchema, EndpointJson } from "./webhook-schemas.ts";

/** Event types as others know them, and as a history does. */
function outward(names: readonly string[] | null): string[] | null {
  return names?.map((name) => eventType(name as OrderEvent | OrderRemark)) ?? null;
}

export function inward(types: readonly string[] | null): string[] | null {
  return types?.map((type) => type.slice(type.indexOf(".") + 1)) ?? null;
}

export function endpointJson(endpoint: Endpoint): EndpointJson {
  const { id, url, description, payloadVersion, status, disabledBy, failure, ...rest } = endpoint;
  return {
    ...{ id, url, description, payloadVersion, disabledBy, failure },
    eventTypes: outward(rest.eventTypes),
    status: status === "deleted" ? "disabled" : status,
    downSince: rest.downSince?.toISOString() ?? null,
    nextProbeAt: rest.nextProbeAt?.toISOString() ?? null,
    lastSuccessAt: rest.lastSuccessAt?.toISOString() ?? null,
    oldSecretUntil: rest.oldSecretUntil?.toISOString() ?? null,
    createdAt: rest.createdAt.toISOString(),
  };
}

export function deliveryJson(delivery: DeliveryView): z.output<typeof deliverySchema> {
  const { id, kind, orderId, orderNumber, seq, event, status, replayOf, reason } = delivery;
  return {
    ...{ id, kind, orderId, orderNumber, seq, status, replayOf, reason },
    eventId: orderId === null ? `test-${id}` : `${orderId}-${seq}`,
    eventType: event === null ? "webhook.test" : eventType(event as OrderEvent | OrderRemark),
    createdAt: delivery.createdAt.toISOString(),
    endedAt: delivery.endedAt?.toISOString() ?? null,
    nextTryAt: delivery.nextTryAt?.toISOString() ?? null,
    attempts: delivery.attempts,
  };
}
