import { createHmac, randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import type { EventStatus } from "../../src/payments/lifecycle.ts";
import { openApi, webhookSecret } from "../support/api.ts";
import { testRedisUrl } from "../support/redis.ts";
import { waitFor } from "../support/wait-for.ts";
import { awaitingPayment, intentFor, payingMeans } from "./paying.ts";
import type { QueueDesk } from "./queue-desk.ts";

export type StripeEvent = {
  id: string;
  type: string;
  livemode: boolean;
  data: { object: EventObject };
};
type EventObject = { id: string; metadata: Record<string, string> } & Record<string, unknown>;

/** The real route that Stripe's events come in by, on a test file's own database and queues. */
export function useWebhooks(desk: QueueDesk) {
  let api: Awaited<ReturnType<typeof openApi>>;
  beforeAll(async () => {
    const { DATABASE_URL, QUEUE_PREFIX } = desk.settings;
    api = await openApi(DATABASE_URL, { url: testRedisUrl(), prefix: QUEUE_PREFIX });
  });
  afterAll(() => api?.close());

  async function rowOf({ id }: Pick<StripeEvent, "id">) {
    const rows = await desk.db
      .selectFrom("webhook_events")
      .selectAll()
      .where("id", "=", id)
      .execute();
    return rows[0];
  }

  return {
    rowOf,
    async deliver(event: object, signature = signed(event)): Promise<number> {
      const request = new Request("http://api.test/v1/webhooks/stripe", {
        method: "POST",
        headers: { "content-type": "application/json", "stripe-signature": signature },
        body: JSON.stringify(event),
      });
      return (await api.fetch(request)).status;
    },
    untilEventIs(
      event: Pick<StripeEvent, "id">,
      status: EventStatus,
      { round }: { round?: number } = {},
    ) {
      return waitFor(`the event to be ${status}`, async () => {
        const row = await rowOf(event);
        const isThere = row?.status === status && (round === undefined || row.round === round);
        return isThere ? row : undefined;
      });
    },
  };
}

export function signed(
  event: object,
  at = Math.floor(Date.now() / 1_000),
  secret = webhookSecret,
): string {
  const text = `${at}.${JSON.stringify(event)}`;
  return `t=${at},v1=${createHmac("sha256", secret).update(text).digest("hex")}`;
}

/** An order whose intent is paid at Stripe, and the event that tells of it. */
export async function paidAtStripe(desk: QueueDesk, sku: string) {
  const means = await payingMeans(desk);
  const paying = await awaitingPayment(desk, sku);
  const intent = await intentFor(means, paying);
  await means.standIns.tell(`/stripe/intents/${intent.id}/pay`);
  const { data } = await means.standIns.stripe.events.list({ type: "payment_intent.succeeded" });
  const [event] = data;
  if (!event) throw new Error("There is no event.");
  return { means, paying, event: event as unknown as StripeEvent };
}

/** The same event with another id, and with something else in its object. */
export function forged(event: StripeEvent, changes: Partial<EventObject>): StripeEvent {
  const copy = structuredClone(event);
  copy.id = `evt_${randomUUID()}`;
  Object.assign(copy.data.object, changes);
  return copy;
}

/** What the order's history tells, and which mails it has; by the events' and templates' names. */
export async function storyOf(desk: QueueDesk, orderId: string) {
  const events = await desk.db
    .selectFrom("order_events")
    .select("event")
    .where("order_id", "=", orderId)
    .orderBy("seq")
    .execute();
  const mails = await desk.db
    .selectFrom("notifications")
    .select("template")
    .where("order_id", "=", orderId)
    .where("channel", "=", "email")
    .execute();
  return {
    events: events.map(({ event }) => event),
    mails: mails.map(({ template }) => template as string),
  };
}
