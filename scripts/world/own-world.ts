import { mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
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

/** So many worlds this process has had. */
let worlds = 0;

/**
 * Does something in a new world of its own, on free ports and in a folder of its own, so that it
 * disturbs neither a world that runs nor the orders that npm start keeps. What is left of the
 * world is removed afterwards, unless there is something to look into.
 */
export async function inOwnWorld<T extends { isSound: boolean }>(
  wishes: OwnWorldWishes,
  act: (world: World & { sandboxUrl: string }) => Promise<T>,
): Promise<T> {
  const { purpose, env, settings = {}, processes, postgres, say, signal } = wishes;
  refuseRealSuppliers(env);
  const home = path.join(auroraFolder, purpose);
  await clearDeadRuns(home);
  const name = `${process.pid}-${++worlds}`;
  const folder = path.join(home, name);
  const logFolder = path.join(folder, "logs");
  const trouble = Promise.withResolvers<never>();
  trouble.promise.catch(() => undefined);
  signal.addEventListener("abort", () => trouble.reject(signal.reason), { once: true });

  // Where Redis is a named one, the workers of another world may listen on it.
  const QUEUE_PREFIX = env["QUEUE_PREFIX"] || `{aurora-${purpose}-${name}}`;
  const world = await startWorld({
    ...{ env, folder, logFolder, say, signal, onDeath: trouble.reject },
    settings: { QUEUE_PREFIX, ...settings },
    ...(processes && { processes }),
    ...(postgres && { postgres }),
  });
  let result: T | undefined;
  try {
    const { sandboxUrl } = world;
    if (!sandboxUrl) throw new Error("The world has started without its stand-ins.");
    result = await Promise.race([act({ ...world, sandboxUrl }), trouble.promise]);
    return result;
  } finally {
    say("Stopping");
    await world.stop();
    if (result?.isSound) await beginAnew(folder);
    else say(`The logs are in ${path.relative(process.cwd(), logFolder)}`);
  }
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
    const pid = Number(/^(\d+)-\d+$/.exec(name)?.[1]);
    if (pid > 0 && markOf(pid) === undefined) await beginAnew(path.join(home, name));
  }
}
