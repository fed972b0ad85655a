import { setTimeout as sleep } from "node:timers/promises";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context } from "hono";
import {
  answerLate,
  type Fault,
  type Faults,
  type HttpEnv,
  hang,
  hangUp,
  tellWhenToRetry,
} from "../faults.ts";
import { newId } from "../ids.ts";
import { type KeyKind, readKey, refusePublishable } from "./access.ts";
import { API_VERSION } from "./events.ts";
import { faultAnswer, isKept } from "./fault-answers.ts";
import { decodeForm, type Form } from "./form.ts";
import type { Asked, IdempotencyKeys } from "./idempotency.ts";
import { envelope, Problem, tooManyRequests, Verdict } from "./problems.ts";
import type { LoggedRequest, Traffic } from "./traffic.ts";
import type { Cause, StripeWorld } from "./world.ts";

/** One call of Stripe's API, understood. */
export type Call = { form: Form; id: string; keyKind: KeyKind; cause: Cause };

/** What a route does: at once, without waiting, and with the answer's JSON as its result. */
export type Route = (call: Call) => string;

/** How a route is put up: method, path, work, and who may call it. */
export type On = (method: string, path: string, route: Route, access?: KeyKind) => void;

export type Desk = {
  world: StripeWorld;
  keys: IdempotencyKeys;
  faults: Faults;
  traffic: Traffic;
};

/** A route as it is served: `endpoint` is its method and pattern. */
type Served = { endpoint: string; route: Route; access: KeyKind };

type Outcome = { status: number; body: string; kept: boolean };

/** Answers a request, and writes down that it came and what it was answered. */
export async function answerCall(
  c: Context<HttpEnv>,
  desk: Desk,
  served: Served,
): Promise<Response> {
  const { method, path } = c.req;
  const key = c.req.header("idempotency-key") ?? null;
  const at = new Date(desk.world.now()).toISOString();
  const logged: LoggedRequest = { method, path, key, status: null, at };
  desk.traffic.arrive(served.endpoint, logged);
  const answer = await understandCall(c, desk, served);
  if (answer !== RESPONSE_ALREADY_SENT) logged.status = answer.status;
  return answer;
}

/** Takes a request through key, form, idempotency, fault, work, and journal to its answer. */
async function understandCall(
  c: Context<HttpEnv>,
  desk: Desk,
  { endpoint, route, access }: Served,
): Promise<Response> {
  const requestId = newId("req", 14);
  setHeaders(c, requestId, desk.world);
  try {
    const keyKind = readKey(c.req.header("authorization"));
    if (access === "secret" && keyKind === "publishable") throw refusePublishable();
    checkRate(c, desk, endpoint);
    const { method, path } = c.req;
    const fault = desk.faults.take("stripe", method, path);
    if (fault?.kind === "drop_before") return hangUp(c);

    const body = method === "GET" ? (c.req.url.split("?")[1] ?? "") : await c.req.text();
    const key = method === "POST" ? c.req.header("idempotency-key") : undefined;
    const form = decodeForm(body);
    const cause = { requestId, idempotencyKey: key ?? null };
    const call = { form, id: c.req.param("id") ?? "", keyKind, cause };
    const asked = key === undefined ? undefined : { key, method, path, body };
    return await answerOnce(c, desk, asked, fault, () => execute(route, call));
  } catch (error) {
    if (error instanceof Problem) return send(c, error.status, envelope(error.body));
    return send(c, 500, internalError(error));
  }
}

/** Stripe's limits hold for all, or for each endpoint by itself; the header says which it was. */
function checkRate(c: Context<HttpEnv>, { world, traffic }: Desk, endpoint: string): void {
  const { rateLimit } = world.books.switches;
  if (rateLimit === null || !traffic.exceeds(endpoint, rateLimit)) return;
  if (rateLimit.retryAfter !== null) c.header("retry-after", String(rateLimit.retryAfter));
  c.header("stripe-rate-limited-reason", rateLimit.perEndpoint ? "endpoint-rate" : "global-rate");
  throw tooManyRequests();
}

async function answerOnce(
  c: Context<HttpEnv>,
  desk: Desk,
  asked: Asked | undefined,
  fault: Fault | undefined,
  work: () => Outcome,
): Promise<Response> {
  if (fault?.kind === "status") tellWhenToRetry(c, fault);
  if (fault && !fault.executed) {
    if (fault.kind === "hang") return hang(c);
    if (fault.kind === "status" && !isKept(fault)) {
      const { status, body } = faultAnswer(fault);
      return send(c, status, body);
    }
  }
  const stored = asked && desk.keys.claim(asked);
  if (asked) c.header("idempotency-key", asked.key);
  if (stored) c.header("idempotent-replayed", "true");
  const { status, body } = stored ?? (await workOnce(desk, asked, fault, work));
  return (await answerLate(c, fault)) ?? send(c, status, body);
}

/** The work and its answer under the key are one line of the journal, written before answering. */
async function workOnce(
  { world, keys }: Desk,
  asked: Asked | undefined,
  fault: Fault | undefined,
  work: () => Outcome,
): Promise<Outcome> {
  try {
    if (fault?.kind === "delay" && !fault.executed) await sleep(fault.delayMs);
    const outcome = fault?.kind === "status" ? failing(fault, work) : work();
    if (asked && outcome.kept) keys.keep(asked, outcome.status, outcome.body);
    await world.books.commit();
    return outcome;
  } finally {
    if (asked) keys.release(asked.key);
  }
}

/** A server that fails after its work was done, or before it had begun. */
function failing(fault: Fault, work: () => Outcome): Outcome {
  const done = fault.executed ? work() : undefined;
  return { ...faultAnswer(fault), kept: isKept(fault) && done?.kept !== false };
}

function execute(route: Route, call: Call): Outcome {
  try {
    return { status: 200, body: route(call), kept: true };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return {
      status: error.status,
      body: envelope(error.body),
      kept: error instanceof Verdict,
    };
  }
}

function setHeaders(c: Context<HttpEnv>, requestId: string, { now }: StripeWorld): void {
  c.header("date", new Date(now()).toUTCString());
  c.header("request-id", requestId);
  c.header("stripe-version", c.req.header("stripe-version") ?? API_VERSION);
}

function send(c: Context<HttpEnv>, status: number, body: string): Response {
  c.header("content-type", "application/json");
  return c.newResponse(body, status as 200);
}

function internalError(error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return envelope({ type: "api_error", message: `The sandbox failed: ${why}` });
}
