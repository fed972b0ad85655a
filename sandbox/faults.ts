import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context } from "hono";
import { z } from "zod";
import { chance } from "./chance.ts";

const MAX_DELAY_MS = 120_000;
const MAX_RETRY_AFTER = 3_600;

/**
 * One fault on demand: for which service and route, how often, and what goes wrong.
 *
 * `status` answers with that status; `drop_before` hangs up instead of working, `drop_after`
 * instead of answering; `delay` lets the caller wait, `hang` until it gives up. Where a kind
 * leaves it open, `executed` says whether the work is done (for `delay`: before the wait). The
 * receiver of webhooks may send elsewhere (`redirect`), or answer without an end (`endless`).
 */
export const faultShape = z.strictObject({
  /** To take it back by, without the others. */
  name: z.string().optional(),
  service: z.enum(["stripe", "sendgrid", "twilio", "receiver"]),
  route: z
    .string()
    .regex(/^[A-Z]+ \/\S*$/, "such as POST /v1/payment_intents/:id/cancel")
    .optional(),
  times: z.int().positive().optional(),
  probability: z.number().min(0).max(1).default(1),
  seed: z.int().default(1),
  kind: z.enum(["status", "drop_before", "drop_after", "delay", "hang", "redirect", "endless"]),
  status: z.int().min(400).max(599).default(500),
  code: z.string().optional(),
  retryAfter: z.int().min(0).max(MAX_RETRY_AFTER).nullable().optional(),
  executed: z.boolean().default(false),
  stored: z.boolean().optional(),
  delayMs: z.int().min(0).max(MAX_DELAY_MS).default(1_000),
});

export type Fault = z.output<typeof faultShape>;
export type Service = Fault["service"];
export type HttpEnv = { Bindings: HttpBindings };

export class Faults {
  #faults: Fault[] = [];
  /** How many requests each fault might have struck: their place in its seed's sequence. */
  readonly #met = new Map<Fault, number>();

  add(fault: Fault): void {
    this.#faults.push({ ...fault });
  }

  list(): readonly Fault[] {
    return this.#faults;
  }

  clear(): void {
    this.#faults = [];
    this.#met.clear();
  }

  /** Takes back those of one name. */
  end(name: string): void {
    for (const fault of this.#faults) if (fault.name === name) this.#met.delete(fault);
    this.#faults = this.#faults.filter((fault) => fault.name !== name);
  }

  /** The first fault that strikes this request; one with `times` is used up by it. */
  take(service: Service, method: string, path: string): Fault | undefined {
    if (this.#faults.length === 0) return undefined;
    const fault = this.#faults.find(
      (fault) =>
        fault.service === service && fits(fault.route, method, path) && this.#strikes(fault),
    );
    if (fault?.times === undefined) return fault;
    fault.times -= 1;
    if (fault.times === 0) this.#faults = this.#faults.filter((other) => other !== fault);
    return fault;
  }

  #strikes(fault: Fault): boolean {
    if (fault.probability === 1) return true;
    const nth = this.#met.get(fault) ?? 0;
    this.#met.set(fault, nth + 1);
    return chance(fault.seed, nth, "fault") < fault.probability;
  }
}

/**
 * Runs a service's work under the fault that is set for it, if one is.
 *
 * `refuse` gives that service's own answer of a status.
 */
export async function underFault(
  c: Context<HttpEnv>,
  fault: Fault | undefined,
  work: () => Promise<Response>,
  refuse: (status: number) => Response,
): Promise<Response> {
  if (fault === undefined) return work();
  if (fault.kind === "drop_before") return hangUp(c);
  if (fault.kind === "delay" && !fault.executed) await sleep(fault.delayMs);
  if (fault.kind === "hang" && !fault.executed) return hang(c);
  if (fault.kind === "status") {
    tellWhenToRetry(c, fault);
    if (!fault.executed) return refuse(fault.status);
  }
  const answer = await work();
  if (fault.kind === "status") return refuse(fault.status);
  return (await answerLate(c, fault)) ?? answer;
}

/** What a fault does between the work and the answer; undefined lets the answer go out. */
export async function answerLate(
  c: Context<HttpEnv>,
  fault: Fault | undefined,
): Promise<Response | undefined> {
  if (fault?.kind === "drop_after") return hangUp(c);
  if (fault?.kind === "hang") return hang(c);
  if (fault?.kind === "delay" && fault.executed) await sleep(fault.delayMs);
  return undefined;
}

/** A caller that is told to slow down is told for how long, unless the fault says null. */
export function tellWhenToRetry(c: Context<HttpEnv>, { status, retryAfter }: Fault): void {
  const seconds = retryAfter === undefined && status === 429 ? 1 : (retryAfter ?? null);
  if (seconds !== null) c.header("retry-after", String(seconds));
}

export function hangUp(c: Context<HttpEnv>): Response {
  c.env.incoming.socket.destroy();
  return RESPONSE_ALREADY_SENT;
}

/** Says nothing until the caller gives up, or for as long as any caller may wait. */
export async function hang(c: Context<HttpEnv>): Promise<Response> {
  const { socket } = c.env.incoming;
  if (!socket.destroyed) {
    await Promise.race([once(socket, "close"), sleep(MAX_DELAY_MS, undefined, { ref: false })]);
  }
  return hangUp(c);
}

function fits(route: string | undefined, method: string, path: string): boolean {
  if (route === undefined) return true;
  const [wantedMethod, wantedPath = ""] = route.split(" ");
  if (wantedMethod !== method) return false;
  const wanted = wantedPath.split("/");
  const parts = path.split("/");
  return (
    wanted.length === parts.length &&
    wanted.every((part, i) => part.startsWith(":") || part === parts[i])
  );
}
