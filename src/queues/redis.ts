import { Redis, type RedisOptions } from "ioredis";
import type { Log } from "../log.ts";

export type { Redis };

/** The SDK's own option types do not agree on this one under exactOptionalPropertyTypes. */
type Options = Omit<RedisOptions, "replyMapping">;
type RedisSettings = { REDIS_URL: string; REDIS_TLS_INSECURE: boolean };

/**
 * A connection for those who hand out work: it fails at once when Redis is away, because a hint
 * that is lost costs seconds and a request that waits costs a customer.
 */
export function connectProducer(settings: RedisSettings, log: Log): Redis {
  return open(settings, log, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
}

/** A connection for those who work: it waits for Redis as long as it takes. */
export function connectWorker(settings: RedisSettings, log: Log): Redis {
  return open(settings, log, { maxRetriesPerRequest: null });
}

/**
 * A server that says nothing for so long is gone, though nobody closed the connection. A worker
 * that waits for its next job lets Redis be silent for at most ten seconds.
 */
const silenceMilliseconds = 15_000;

function open(settings: RedisSettings, log: Log, options: Options): Redis {
  const insecure = settings.REDIS_URL.startsWith("rediss:") && settings.REDIS_TLS_INSECURE;
  const all: Options = {
    ...options,
    socketTimeout: silenceMilliseconds,
    // BullMQ's own strategy waits up to 20 s: measured, that left workers idle for 17 s after
    // Redis was back. A second is soon enough and harms nobody.
    retryStrategy: (times: number) => Math.min(50 * 2 ** times, 1_000) + Math.random() * 50,
  };
  if (insecure) all.tls = { rejectUnauthorized: false };
  const redis = new Redis(settings.REDIS_URL, all);
  let down = false;
  redis.on("error", (error: Error) => {
    if (!down) log.warn("redis_lost", { reason: error.message });
    down = true;
  });
  redis.on("ready", () => {
    if (down) log.info("redis_back");
    down = false;
  });
  return redis;
}
