import { setTimeout as sleep } from "node:timers/promises";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context } from "hono";
import { z } from "zod";

const MAX_DELAY_MS = 120_000;

/**
 * One fault on demand: for which service and route, how often, and what goes wrong.
 *
 * `status` answers with that status and does nothing (or, with `executed`, does the work all the
 * same); `drop_before` hangs up instead of working, `drop_after` instead of answering; `delay`
 * waits before the work.
 */
export const faultShape = z.strictObject({
  service: z.enum(["stripe", "sendgrid", "twilio"]),
  route: z
    .string()
    .regex(/^[A-Z]+ \/\S*$/, "such as POST /v1/payment_intents/:id/cancel")
    .optional(),
  times: z.int().positive().optional(),
  kind: z.enum(["status", "drop_before", "drop_after", "delay"]),
  status: z.int().min(400).max(599).default(500),
  executed: z.boolean().default(false),
  delayMs: z.int().min(0).max(MAX_DELAY_MS).default(1_000),
});

export type Fault = z.output<typeof faultShape>;
export type Service = Fault["service"];
export type HttpEnv = { Bindings: HttpBindings };

export class Faults {
  #faults: Fault[] = [];

  add(fault: Fault): void {
    this.#faults.push({ ...fault });
  }

  list(): readonly Fault[] {
    return this.#faults;
  }

  clear(): void {
    this.#faults = [];
  }

  /** The first fault that fits this request; one with `times` is used up by it. */
  take(service: Service, method: string, path: string): Fault | undefined {
    if (this.#faults.length === 0) return undefined;
    const fault = this.#faults.find(
      ({ service: meant, route }) => meant === service && fits(route, method, path),
    );
    if (fault?.times === undefined) return fault;
    fault.times -= 1;
    if (fault.times === 0) this.#faults = this.#faults.filter((other) => other !== fault);
    return fault;
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
  if (fault.kind === "delay") await sleep(fault.delayMs);
  if (fault.kind === "status" && !fault.executed) return refuse(fault.status);
  const answer = await work();
  if (fault.kind === "drop_after") return hangUp(c);
  return fault.kind === "status" ? refuse(fault.status) : answer;
}

export function hangUp(c: Context<HttpEnv>): Response {
  c.env.incoming.socket.destroy();
  return RESPONSE_ALREADY_SENT;
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
