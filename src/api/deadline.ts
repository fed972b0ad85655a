import { setImmediate } from "node:timers/promises";
import type { MiddlewareHandler } from "hono";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import { Unavailable } from "../errors.ts";
import type { ApiEnv } from "./environment.ts";

/** How long a request may go on before PostgreSQL must show that it lives. */
const patienceMs = 900;
/** How long it may take to show it: both together stay below two seconds. */
const pulseMs = 800;
/** After so many signs of life an answer should long be there. */
const mostPulses = 12;

export type Pulse = () => Promise<boolean>;

/** Tells whether PostgreSQL answers, on a connection of its own; askers share one question. */
export function createPulse(healthDb: Db): Pulse {
  let asking: Promise<boolean> | null = null;
  return () => {
    asking ??= within(pulseMs, sql`SELECT`.execute(healthDb)).finally(() => {
      asking = null;
    });
    return asking;
  };
}

async function within(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  let isAlive = false;
  const answer = work.then(
    () => {
      isAlive = true;
    },
    () => undefined,
  );
  const limit = after(milliseconds);
  const first = await Promise.race([answer, limit.promise]);
  limit.stop();
  // In a busy process the timer is heard before an answer that has long arrived.
  if (first === "late") await setImmediate();
  return isAlive;
}

/**
 * Answers 503 when PostgreSQL is silent instead of refusing: frozen, or cut off. A request that
 * is only slow, because it waits for a lock, is waited for as long as PostgreSQL shows life.
 *
 * @throws Unavailable within two seconds of a silent database
 */
export function answerInTime(pulse: Pulse, patience = patienceMs): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const work = next().then(() => "done" as const);
    let pulses = 0;
    while (pulses < mostPulses) {
      const limit = after(patience);
      const first = await Promise.race([work, limit.promise]);
      limit.stop();
      if (first === "done") return;
      // A slow sender is not our delay; the server itself gives a body so long and no longer.
      // Nor is it one when somebody would rather wait than be sent away.
      if (c.get("isReceiving") || c.get("isWaiting")) continue;
      if (!(await Promise.race([work.then(() => true), pulse()]))) {
        throw new Unavailable("database_silent", "PostgreSQL does not answer in time.");
      }
      pulses++;
    }
    throw new Unavailable("request_slow", "PostgreSQL answers, but the request has no end.");
  };
}

function after(milliseconds: number): { promise: Promise<"late">; stop: () => void } {
  let timer: NodeJS.Timeout;
  const promise = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), milliseconds);
  });
  return { promise, stop: () => clearTimeout(timer) };
}
