import path from "node:path";
import { readConfig } from "../../src/config.ts";
import type { Child, Ending } from "./child.ts";
import { Crew, stopLeftOvers } from "./crew.ts";
import { startGuardian } from "./guardian.ts";
import { generateSettings, type LocalSettings } from "./local-settings.ts";
import { MissingPiece } from "./missing-piece.ts";
import { assertPortIsFree, freePort } from "./ports.ts";
import { ChildFailed } from "./readiness.ts";
import type { RunningSwitchboard } from "./switchboard/switchboard.ts";
import { startProcesses } from "./world-processes.ts";
import { startServers, type WorldServers } from "./world-servers.ts";
import { chooseStandIns, type StandIns, worldSettings } from "./world-settings.ts";
import { switchboardOf } from "./world-switchboard.ts";

export interface WorldWishes {
  /** The user's environment; what it names (DATABASE_URL, STRIPE_SECRET_KEY, ...) is used. */
  env: NodeJS.ProcessEnv;
  /** Where private servers and the stand-ins keep their data. */
  folder: string;
  /** Where each process's output goes, if anywhere but into its handle's `lines`. */
  logFolder?: string;
  /** Names from the Procfile; a name given twice makes two processes, "payment" and "payment-2". */
  processes?: readonly string[];
  /** Free ports unless named. */
  webPort?: number;
  sandboxPort?: number;
  /** Keys that outlive the world; new ones unless given. */
  local?: LocalSettings;
  /** Settings that win over all others, such as shortened times. */
  settings?: Record<string, string>;
  /** Whether /ops/switchboard causes faults in this world. */
  switchboard?: boolean;
  /** False for a database that is migrated already. */
  migrate?: boolean;
  /** False only in tests. */
  durable?: boolean;
  /** Settings of the private PostgreSQL, such as shared_preload_libraries. */
  postgres?: Record<string, string>;
  say?: (line: string) => void;
  onLine?: (line: string, name: string) => void;
  /** A process ended though nobody asked it to. */
  onDeath?: (failure: ChildFailed) => void;
  /** Stops the start half-way; what had been started is stopped too. */
  signal?: AbortSignal;
}

/** All of Aurora on this machine, each process a process of its own. */
export interface World {
  apiUrl: string;
  /** Where the stand-ins are; undefined when every outside service is the real one. */
  sandboxUrl: string | undefined;
  databaseUrl: string;
  redisUrl: string;
  standIns: StandIns;
  /** The environment that every process got. */
  settings: Record<string, string>;
  /** Where faults are caused, if that was wished for. */
  switchboard: RunningSwitchboard | undefined;
  /** The processes of the private servers. */
  marks: WorldServers["marks"];
  /** The handle to read, stop, kill or restart a process by its name. */
  child(name: string): Child;
  stop(): Promise<void>;
}

/** Brings a world up and answers when it takes orders; a failure leaves nothing running. */
export async function startWorld(wishes: WorldWishes): Promise<World> {
  const { env, folder, say = () => undefined } = wishes;
  const standIns = chooseStandIns(env);
  const runFolder = path.join(folder, "run");
  const leftOvers = await stopLeftOvers(runFolder);
  if (leftOvers.length > 0) say(`Stopped what an earlier run had left: ${leftOvers.join(", ")}`);
  const [webPort, sandboxPort] = await Promise.all([
    choosePort(wishes.webPort, "PORT"),
    choosePort(wishes.sandboxPort, "SANDBOX_PORT"),
  ]);

  const local = wishes.local ?? generateSettings();
  refuseWrongSettings({
    ...worldSettings(env, local, standIns, { ...placeholders(env), webPort, sandboxPort }),
    ...wishes.settings,
  });

  const guardian = startGuardian();
  const trouble = watchForTrouble(wishes);
  const crew = new Crew({ ...wishes, guardian, folder: runFolder, onDeath: trouble.onDeath });
  let servers: WorldServers | undefined;
  let switchboard: RunningSwitchboard | undefined;
  const stopAll = async () => {
    await switchboard?.close();
    await crew.stop(["sandbox"]);
    await servers?.stop();
    guardian.dismiss();
  };
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= stopAll());

  try {
    const { durable = true, postgres = {} } = wishes;
    servers = await startServers(env, { folder, durable, postgres }, guardian, say);
    const { databaseUrl, redisUrl, marks } = servers;
    const addresses = { databaseUrl, redisUrl, webPort, sandboxPort };
    const settings: Record<string, string> = {
      ...worldSettings(env, local, standIns, addresses),
      SANDBOX_DIR: path.join(folder, "sandbox"),
      ...wishes.settings,
    };
    if (wishes.switchboard) {
      switchboard = await switchboardOf({ crew, servers, settings, standIns });
      settings["SWITCHBOARD_URL"] = switchboard?.url ?? "";
    }
    const { processes = ["web", "worker"], migrate = true } = wishes;
    const starting = startProcesses(crew, { processes, settings, standIns, say, migrate });
    const sandboxUrl = await Promise.race([starting, trouble.first]);
    const apiUrl = `http://127.0.0.1:${webPort}`;
    const child = (name: string) => crew.get(name);
    const urls = { apiUrl, sandboxUrl, databaseUrl, redisUrl };
    return { ...urls, standIns, settings, switchboard, marks, child, stop };
  } catch (error) {
    await stop();
    // A start that was broken off fails in many ways, of which none is the reason.
    throw wishes.signal?.aborted ? wishes.signal.reason : error;
  }
}

/** Every fault of every process's settings is named before anything is started. */
function refuseWrongSettings(settings: Record<string, string>): void {
  try {
    readConfig(settings, [
      ...(["web", "server", "contacts", "webhooks", "stripe", "mail", "sms", "outside"] as const),
    ]);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new MissingPiece(`${error.message}\n`, "Mend them, or take them away for what is usual.");
  }
}

/** Where the servers are is not known yet, unless the user said so. */
function placeholders(env: NodeJS.ProcessEnv): { databaseUrl: string; redisUrl: string } {
  return {
    databaseUrl: env["DATABASE_URL"] || "postgres://127.0.0.1/aurora",
    redisUrl: env["REDIS_URL"] || "redis://127.0.0.1",
  };
}

/** A death, or the wish to stop, ends the start of the world; later only onDeath hears of it. */
function watchForTrouble({ signal, onDeath }: WorldWishes) {
  const { promise: first, reject } = Promise.withResolvers<never>();
  first.catch(() => undefined);
  if (signal?.aborted) reject(signal.reason);
  signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  return {
    first,
    onDeath(child: Child, { code, signal: by }: Ending) {
      const failure = new ChildFailed(child, `ended by itself (${by ?? `exit code ${code}`})`);
      reject(failure);
      onDeath?.(failure);
    },
  };
}

async function choosePort(wanted: number | undefined, setting: string): Promise<number> {
  if (wanted === undefined) return await freePort();
  await assertPortIsFree(wanted, setting);
  return wanted;
}
