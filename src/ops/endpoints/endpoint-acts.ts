import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Trx } from "../../db/transaction.ts";
import { eventTypes } from "../../orders/told-events.ts";
import { changeEndpoint, type Endpoint } from "../../webhooks/endpoints.ts";
import { countRange, replayRange, sendTest } from "../../webhooks/replay.ts";
import type { Role } from "../access/roles.ts";
import type { ActMeans, Done } from "../acts/act.ts";

/** What operators can do to somebody else's server that is told of our orders. */
const endpointActNames = [
  "replay_events",
  "enable_endpoint",
  "disable_endpoint",
  "try_endpoint",
] as const;
export type EndpointActName = (typeof endpointActNames)[number];

export type EndpointAct<Input extends Record<string, unknown> = Record<string, unknown>> = {
  name: EndpointActName;
  title: string;
  summary: string;
  leastRole: Role;
  role(input: Input): Role;
  input: z.ZodType<Input>;
  /** What it would do, as sentences; the endpoint is locked. */
  effects(trx: Trx, endpoint: Endpoint, input: Input): Promise<string[]>;
  perform(
    trx: Trx,
    means: Pick<ActMeans, "settings">,
    endpoint: Endpoint,
    call: { input: Input; actor: string },
  ): Promise<Done>;
};

const nothing = z.strictObject({});
const operator = { leastRole: "operator", role: () => "operator" as const } as const;
const still = { moved: [], hints: [] };

const moment = z.iso.datetime({
  offset: true,
  message: "Must be a time such as 2026-11-23T08:00:00Z.",
});
const range = z
  .strictObject({
    after: moment.meta({ title: "After" }),
    before: moment.meta({ title: "Up to" }),
    eventTypes: z
      .array(z.enum(eventTypes, "Must be the type of an event, such as order.cancelled."))
      .min(1, "Must name at least one type, or be left out for all.")
      .optional()
      .meta({ title: "Events" }),
  })
  .refine(({ after, before }) => Date.parse(after) < Date.parse(before), {
    path: ["before"],
    message: "Must be later than after.",
  });

/** What is mostly to be told again: since the endpoint is down, or of the last hour. */
export function usualRange({ downSince }: Endpoint, now: Date): { after: string; before: string } {
  const hourAgo = new Date(now.getTime() - 3_600_000);
  const after = downSince !== null && downSince < hourAgo ? downSince : hourAgo;
  return { after: toTheSecond(after), before: toTheSecond(now) };
}

const toTheSecond = (at: Date) => at.toISOString().replace(/\.\d+Z$/, "Z");

function rangeOf({ after, before, eventTypes: types }: z.output<typeof range>) {
  const names = types?.map((type) => type.slice(type.indexOf(".") + 1)) ?? null;
  return { after: new Date(after), before: new Date(before), eventTypes: names };
}

const replayEvents: EndpointAct<z.output<typeof range>> = {
  ...operator,
  name: "replay_events",
  title: "Tell again",
  summary: "Tells the endpoint once more of everything that happened in a time.",
  input: range,
  async effects(trx, endpoint, input) {
    const count = await countRange(trx, endpoint, rangeOf(input));
    return [
      `${count} events are told once more, each under its name: who knows it passes it over.`,
      ...(endpoint.status === "failing" ? ["The endpoint fails: they wait until it answers."] : []),
    ];
  },
  async perform(trx, { settings }, endpoint, { input }) {
    const { count, hints } = await replayRange(trx, settings, endpoint, rangeOf(input));
    const sentence = `${count} events are on their way to the endpoint once more.`;
    return { ...still, hints, sentence, subject: endpoint.id, outcome: { count } };
  },
};

const enableEndpoint: EndpointAct = {
  ...operator,
  name: "enable_endpoint",
  title: "Enable",
  summary: "Has the endpoint told of everything from now on.",
  input: nothing,
  async effects(_trx, { status }) {
    return status === "disabled"
      ? ["The endpoint is told of all that happens from now on.", "What it missed: tell it again."]
      : ["It is enabled already. A failing endpoint is asked anew by itself."];
  },
  async perform(trx, _means, { id, shopId }, { actor }) {
    await changeEndpoint(trx, { id, shopId, actor }, { status: "enabled" });
    return { ...still, sentence: "The endpoint is enabled.", subject: id, outcome: {} };
  },
};

const disableEndpoint: EndpointAct = {
  ...operator,
  name: "disable_endpoint",
  title: "Disable",
  summary: "Has the endpoint told of nothing any more.",
  input: nothing,
  async effects() {
    return ["The endpoint is told of nothing any more.", "What waits for it is dropped."];
  },
  async perform(trx, _means, { id, shopId }, { actor }) {
    await changeEndpoint(trx, { id, shopId, actor }, { status: "disabled" });
    return { ...still, sentence: "The endpoint is disabled.", subject: id, outcome: {} };
  },
};

const tryEndpoint: EndpointAct = {
  ...operator,
  name: "try_endpoint",
  title: "Send a trial",
  summary: "Sends the endpoint one event that tells of no order.",
  input: nothing,
  async effects() {
    return ["One webhook.test is sent, once, and though the endpoint may be failing."];
  },
  async perform(trx, _means, endpoint) {
    const deliveryId = randomUUID();
    const { hints } = await sendTest(trx, endpoint, deliveryId);
    const sentence = "A trial is on its way: the log says how it went.";
    return { ...still, hints, sentence, subject: endpoint.id, outcome: { deliveryId } };
  },
};

/** Everything that operators can do to an endpoint, by name. */
export const endpointActs: Record<EndpointActName, EndpointAct> = {
  replay_events: replayEvents,
  enable_endpoint: enableEndpoint,
  disable_endpoint: disableEndpoint,
  try_endpoint: tryEndpoint,
} as Record<EndpointActName, EndpointAct>;

export function isEndpointActName(name: string): name is EndpointActName {
  return endpointActNames.some((known) => known === name);
}
