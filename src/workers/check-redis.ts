import type { Log } from "../log.ts";
import type { Redis } from "../queues/redis.ts";

/**
 * Refuses a Redis that may throw jobs away, and warns of one that forgets all on a restart.
 * Nothing would be lost for good, but every loss costs the customers a wait.
 */
export async function checkRedis(redis: Redis, log: Log): Promise<void> {
  const info = await redis.info();
  const policy = /^maxmemory_policy:(.*)$/m.exec(info)?.[1]?.trim() ?? "unknown";
  if (policy !== "noeviction") {
    throw new Error(
      `This Redis evicts keys under pressure (maxmemory-policy ${policy}), which loses jobs. ` +
        "Set its maxmemory-policy to noeviction.",
    );
  }
  if (!/^aof_enabled:1/m.test(info)) {
    log.warn("redis_without_append_only_file", {
      reason: "After a restart of Redis all jobs are derived again. Set appendonly yes.",
    });
  }
}

/** Resolves when Redis answers for the first time; it may come after us. */
export function whenReady(redis: Redis): Promise<void> {
  if (redis.status === "ready") return Promise.resolve();
  return new Promise((resolve) => redis.once("ready", () => resolve()));
}
