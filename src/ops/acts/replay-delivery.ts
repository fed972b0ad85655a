import { z } from "zod";
import { lockEndpoint, readEndpoint } from "../../webhooks/endpoints.ts";
import { replayDelivery as replay } from "../../webhooks/replay.ts";
import type { OrderFacts } from "../facts/facts.ts";
import { type Act, type Done, impossible, type Plan, possible } from "./act.ts";

const input = z.strictObject({
  deliveryId: z.uuid("Must be a delivery's id, a UUID.").meta({ title: "Webhook out" }),
});
type Input = z.output<typeof input>;

/** Tells another system of an event of the order once more. */
export const replayDelivery: Act<Input> = {
  name: "replay_delivery",
  title: "Tell again",
  summary: "Tells another system of one of the order's events once more.",
  leastRole: "operator",
  role: () => "operator",
  input,
  plan: planReplay,
  async perform(trx, { settings }, { input: { deliveryId } }, { deliveries }): Promise<Done> {
    const id = deliveries.find((delivery) => delivery.id === deliveryId)?.endpointId ?? "";
    await lockEndpoint(trx, id);
    const endpoint = await readEndpoint(trx, { id, shopId: null });
    const made = await replay(trx, settings, endpoint, deliveryId);
    return {
      ...{ moved: [], hints: made.hints, subject: deliveryId },
      sentence: "The webhook is on its way once more.",
      outcome: { deliveryId: made.id, replayOf: deliveryId },
    };
  },
};

function planReplay({ deliveries }: OrderFacts, { deliveryId }: Input): Plan {
  const delivery = deliveries.find(({ id }) => id === deliveryId);
  if (!delivery) {
    const because = "This order has no such webhook out. Look at what other systems were told.";
    return impossible("delivery_not_found", because);
  }
  const { endpointStatus, status, dueAt } = delivery;
  if (endpointStatus === "disabled" || endpointStatus === "deleted") {
    const because = `The endpoint is ${endpointStatus}: it is told of nothing. See Webhooks, Out.`;
    return impossible("endpoint_disabled", because);
  }
  if (dueAt !== null) {
    const because = `It is ${status}: it is on its way by itself. Wait for it.`;
    return impossible("delivery_under_way", because);
  }
  const { host, seq } = delivery;
  return possible(`${host} is told of event ${seq} once more, by a new webhook.`);
}
