import type { Child } from "../child.ts";
import type { InstallationDesk } from "./installation-desk.ts";
import type { RedisDesk } from "./redis-desk.ts";
import type { Switch } from "./switch.ts";

const group = "Redis, workers and database";
/** Long enough to look at what waits, and to act. */
const pauseSeconds = 60;

/** What happens to Aurora's own processes, to its queues and to its database. */
export function serverSwitches(
  workers: readonly Child[],
  redis: RedisDesk,
  installation: InstallationDesk,
): Switch[] {
  const processes = workers.flatMap((worker) => [kill(worker), pause(worker)]);
  return [flushRedis(redis), ...processes, moveDatabase(installation)];
}

function moveDatabase(installation: InstallationDesk): Switch {
  return {
    ...{ id: "database_moved", group, title: "The database was moved" },
    happens: "Its stamp names another server, as after a backup was loaded elsewhere.",
    watch: "Nothing is written to Stripe, and orders say so, until an operator has decided.",
    state: () => (installation.isElsewhere() ? "moved" : null),
    undo: () => installation.keep(),
    acts: [
      {
        id: "on",
        label: "Move it",
        run: () => installation.move().then(() => "The database is on another server."),
      },
      {
        id: "off",
        label: "Keep the installation",
        run: () => installation.keep().then(() => "The installation is kept: it goes on here."),
      },
    ],
  };
}

function flushRedis(redis: RedisDesk): Switch {
  return {
    ...{ id: "redis_flushed", group, title: "Redis forgets everything" },
    happens: "Every queue and every job in Redis is gone at once.",
    watch: "Nothing is lost: what waits stands in PostgreSQL, and is asked for again at once.",
    state: () => null,
    acts: [
      {
        id: "now",
        label: "Flush Redis",
        run: async () => `Redis was flushed: ${await redis.flush()}.`,
      },
    ],
    undo: async () => undefined,
  };
}

function kill(worker: Child): Switch {
  return {
    ...{ id: `kill_${worker.name}`, group, title: `Kill ${nameOf(worker)}` },
    happens: "The process gets SIGKILL in the middle of its work, and is started again.",
    watch: "Its jobs are taken up again within seconds, and nothing is done twice.",
    state: () => (worker.isRunning ? null : "starting again"),
    acts: [
      {
        id: "now",
        label: "Kill it",
        async run() {
          const killed = worker.pid;
          await worker.restart("SIGKILL");
          return `Process ${killed} was killed; ${worker.pid} is the new ${worker.name}.`;
        },
      },
    ],
    undo: async () => undefined,
  };
}

function pause(worker: Child): Switch {
  return {
    ...{ id: `pause_${worker.name}`, group, title: `Freeze ${nameOf(worker)}` },
    happens: `The process gets SIGSTOP, and SIGCONT after ${pauseSeconds} seconds at the latest.`,
    watch: "Orders wait and say for what; then they go on, and what it held was not done twice.",
    state: () => (worker.isPaused ? "frozen" : null),
    acts: [
      {
        id: "on",
        label: "Freeze it",
        async run() {
          worker.pause(pauseSeconds * 1_000);
          return `Process ${worker.pid} stands still for ${pauseSeconds} seconds.`;
        },
      },
      {
        id: "off",
        label: "Wake it",
        async run() {
          worker.resume();
          return `Process ${worker.pid} goes on.`;
        },
      },
    ],
    undo: async () => worker.resume(),
  };
}

function nameOf({ name }: Child): string {
  return name === "worker" ? "the worker" : `the process ${name}`;
}
