import { once } from "node:events";
import { mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { inTime } from "../../src/patience.ts";
import { beginAnew } from "./fresh.ts";
import { MissingPiece } from "./missing-piece.ts";
import { auroraFolder } from "./places.ts";
import { markOf } from "./process-mark.ts";
import { startWorld, type World } from "./world.ts";
import { chooseStandIns } from "./world-settings.ts";

export interface OwnWorldWishes {
  /** What the world is for: its folder in .aurora is called so. */
  purpose: "once" | "replay" | "bench";
  env: NodeJS.ProcessEnv;
  /** Settings that win over all others, such as shortened times. */
  settings?: Record<string, string>;
  /** Names from the Procfile; one web and one worker unless named. */
  processes?: readonly string[];
  /** Settings of the private PostgreSQL. */
  postgres?: Record<string, string>;
  say: (line: string) => void;
  signal: AbortSignal;
}

/** A world that was brought up for something, which breaks off when `signal` aborts. */
export type OwnWorld = World & {
  sandboxUrl: string;
  /** Aborts when the world dies, too: for a world within this one. */
  signal: AbortSignal;
};

/** What breaks off may have a world of its own to stop. */
const breakOffMs = 60_000;

/** So many worlds this process has had. */
let worlds = 0;

/**
 * Does something in a new world of its own, on free ports and in a folder of its own, so that it
 * disturbs neither a world that runs nor the orders that npm start keeps. What is left of the
 * world is removed afterwards, unless there is something to look into.
 */
export async function inOwnWorld<T extends { isSound: boolean }>(
  wishes: OwnWorldWishes,
  act: (world: OwnWorld) => Promise<T>,
): Promise<T> {
  const { purpose, env, settings = {}, processes, postgres, say } = wishes;
  refuseRealSuppliers(env);
  const home = path.join(auroraFolder, purpose);
  await clearDeadRuns(home);
  const name = `${process.pid}-${++worlds}`;
  const folder = path.join(home, name);
  const logFolder = path.join(folder, "logs");
  await beginAnew(folder);
  const death = new AbortController();
  const signal = AbortSignal.any([wishes.signal, death.signal]);

  // Where Redis is a named one, the workers of another world may listen on it.
  const QUEUE_PREFIX = env["QUEUE_PREFIX"] || `{aurora-${purpose}-${name}}`;
  const world = await startWorld({
    ...{ env, folder, logFolder, say, signal, onDeath: (failure) => death.abort(failure) },
    settings: { QUEUE_PREFIX, ...settings },
    ...(processes && { processes }),
    ...(postgres && { postgres }),
  });
  let result: T | undefined;
  let acting: Promise<T> | undefined;
  try {
    const { sandboxUrl } = world;
    if (!sandboxUrl) throw new Error("The world has started without its stand-ins.");
    signal.throwIfAborted();
    acting = act({ ...world, sandboxUrl, signal });
    result = await Promise.race([acting, rejectedBy(signal)]);
    return result;
  } finally {
    say("Stopping");
    await world.stop();
    // What was broken off is not to run on beside whatever comes next.
    await inTime(Promise.resolve(acting), breakOffMs).catch(() => undefined);
    if (result?.isSound) await beginAnew(folder);
    else say(`The logs are in ${path.relative(process.cwd(), logFolder)}`);
  }
}

async function rejectedBy(signal: AbortSignal): Promise<never> {
  await once(signal, "abort");
  throw signal.reason;
}

/** Customers pay here by themselves, and their addresses are made up. */
function refuseRealSuppliers(env: NodeJS.ProcessEnv): void {
  const names = { stripe: "STRIPE_SECRET_KEY", sendgrid: "SENDGRID_API_KEY", twilio: "TWILIO_*" };
  const real = Object.entries(chooseStandIns(env)).filter(([, standsIn]) => !standsIn);
  if (real.length === 0) return;
  const settings = real.map(([name]) => names[name as keyof typeof names]).join(", ");
  throw new MissingPiece(
    `This pays and writes to customers who do not exist, and ${settings} names a real supplier.`,
    `Take ${settings} out of the environment: the stand-ins are used then.`,
  );
}

/** Worlds are named after their process; those of processes that are gone are left-overs. */
async function clearDeadRuns(home: string): Promise<void> {
  mkdirSync(home, { recursive: true });
  for (const name of readdirSync(home)) {
    const pid = Number(/^(\d+)(?:-\d+)?$/.exec(name)?.[1]);
    if (pid > 0 && markOf(pid) === undefined) await beginAnew(path.join(home, name));
  }
}
