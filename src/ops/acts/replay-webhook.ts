import { z } from "zod";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import { type Replayed, replayInside } from "../../payments/replay-events.ts";
import { type Act, type ActMeans, type Done, impossible, possible } from "./act.ts";

export const replayInput = z.strictObject({
  eventId: z
    .string()
    .trim()
    .min(1, "Must be an event's id, such as evt_1.")
    .max(100, "Must be an event's id, such as evt_1.")
    .meta({ title: "Event" }),
});
type Input = z.output<typeof replayInput>;

/** Has one of Stripe's events looked at anew, whatever became of it. */
export const replayWebhook: Act<Input> = {
  name: "replay_webhook",
  title: "Replay the webhook",
  summary: "Reads a stored event of Stripe's anew and looks at what it is about.",
  leastRole: "operator",
  role: () => "operator",
  input: replayInput,
  plan({ inbox }, { eventId }) {
    const event = inbox.find(({ id }) => id === eventId);
    if (!event) {
      const because = "This order has no such event. Look at its timeline, or at the webhooks.";
      return impossible("event_not_found", because);
    }
    return possible(
      `The event ${event.type}, which is ${event.status}, is read anew.`,
      "Then Stripe is asked for what it is about, and what Stripe says is applied.",
    );
  },
  perform: (trx, means, { input: { eventId } }) => replay(trx, means, eventId),
};

/** Also for an event that no order is known for. */
export async function replay(
  trx: Trx,
  { reread }: Pick<ActMeans, "reread">,
  eventId: string,
): Promise<Done> {
  const [event] = await replayInside(trx, [eventId], { reread });
  if (!event) throw new Refused("event_not_found", "No such event is in the inbox. Check its id.");
  const { before, after } = event;
  const outcome = { before, after };
  return {
    moved: [],
    hints: hintOf(event),
    sentence: sentenceOf(event),
    subject: eventId,
    outcome,
  };
}

function sentenceOf({ before, after }: Replayed): string {
  return after === "received"
    ? `The event was ${before}, and is looked at again.`
    : `The event is ${after}: nothing of ours is looked at because of it.`;
}

function hintOf({ id, after, order }: Replayed): Done["hints"] {
  if (after !== "received") return [];
  return [{ queue: "status", kind: "apply_event", id, version: 1, round: 0, order }];
}
