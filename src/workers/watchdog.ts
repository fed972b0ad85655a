import type { Log } from "../log.ts";
import type { Redis } from "../queues/redis.ts";
import type { RunningWorker } from "./run-worker.ts";

/** How often the dog looks, as a share of its patience. */
const looksPerPatience = 12;

/**
 * Ends the process when a worker is silently dead: Redis answers, jobs wait, and for a whole
 * patience it has worked none. The platform starts a fresh one. A worker has been seen to do
 * nothing for months while it said that it was running.
 */
export function watch(
  workers: readonly RunningWorker[],
  means: { redis: Redis; log: Log; patienceSeconds: number; exit: () => void },
): { stop(): void } {
  const patience = means.patienceSeconds * 1_000;
  const idleSince = new Map<RunningWorker, number>();

  async function look(): Promise<void> {
    for (const running of workers) {
      const stuck = await seemsDead(running, means.redis);
      if (!stuck) {
        idleSince.delete(running);
        continue;
      }
      const since = Math.max(idleSince.get(running) ?? Date.now(), running.lastWorked());
      idleSince.set(running, since);
      if (Date.now() - since < patience) continue;
      means.log.error("worker_is_dead", { queue: running.worker.name });
      means.exit();
    }
  }

  const timer = setInterval(() => void look().catch(() => undefined), patience / looksPerPatience);
  return { stop: () => clearInterval(timer) };
}

/** Jobs wait, Redis answers, and nothing is being worked. */
async function seemsDead(running: RunningWorker, redis: Redis): Promise<boolean> {
  if (redis.status !== "ready" || (await redis.ping()) !== "PONG") return false;
  if (running.active() > 0 || running.worker.isPaused()) return false;
  const prefix = running.worker.opts.prefix ?? "bull";
  const waiting = await redis.llen(`${prefix}:${running.worker.name}:wait`);
  const prioritized = await redis.zcard(`${prefix}:${running.worker.name}:prioritized`);
  return waiting + prioritized > 0;
}
