import { Redis } from "ioredis";

export interface RedisDesk {
  /** Empties the queues, and answers how much is gone. */
  flush(): Promise<string>;
}

const keysAtOnce = 1_000;

/** A Redis of the world's own is emptied; of a named one, only what this world has there. */
export function redisDesk(
  url: string,
  { own, prefix }: { own: boolean; prefix: string },
): RedisDesk {
  return {
    async flush() {
      const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
      redis.on("error", () => undefined); // Thrown by the command that meets it.
      try {
        if (!own) return `${await removeKeys(redis, prefix)} keys of this world are gone`;
        const count = await redis.dbsize();
        await redis.flushall();
        return `${count} keys are gone`;
      } finally {
        redis.disconnect();
      }
    },
  };
}

async function removeKeys(redis: Redis, prefix: string): Promise<number> {
  // The prefix is a pattern's text here: braces mean nothing, these do.
  const match = `${prefix.replace(/[\\*?[\]]/g, "\\$&")}:*`;
  let count = 0;
  for await (const keys of redis.scanStream({ match, count: keysAtOnce })) {
    if ((keys as string[]).length > 0) count += await redis.unlink(...(keys as string[]));
  }
  return count;
}
