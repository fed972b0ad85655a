import { Redis } from "ioredis";
import pg from "pg";
import { MissingPiece } from "./missing-piece.ts";

const patienceMs = 5_000;

/** Refuses with a sentence when the PostgreSQL that DATABASE_URL names does not let us in. */
export async function assertDatabaseAnswers(databaseUrl: string): Promise<void> {
  try {
    const settings = { connectionString: databaseUrl, connectionTimeoutMillis: patienceMs };
    const client = new pg.Client(settings);
    client.on("error", () => undefined);
    await client.connect();
    await client.end();
  } catch (error) {
    throw doesNotAnswer("DATABASE_URL", error);
  }
}

/** Refuses with a sentence when the Redis that REDIS_URL names does not let us in. */
export async function assertRedisAnswers(redisUrl: string): Promise<void> {
  let reason: unknown;
  try {
    // Whether its certificate is to be trusted is for Aurora's processes to judge.
    const tls = redisUrl.startsWith("rediss:") ? { tls: { rejectUnauthorized: false } } : {};
    const once = { lazyConnect: true, connectTimeout: patienceMs, retryStrategy: () => null };
    const redis = new Redis(redisUrl, { ...once, ...tls });
    redis.on("error", (error) => {
      reason = error;
    });
    await redis.ping().finally(() => redis.disconnect());
  } catch (error) {
    throw doesNotAnswer("REDIS_URL", reason ?? error);
  }
}

function doesNotAnswer(setting: string, error: unknown): MissingPiece {
  const { message, code } = error as NodeJS.ErrnoException;
  return new MissingPiece(
    `The server that ${setting} names does not let us in: ${message || code}.`,
    `Start it or correct ${setting}, or take it away to have a private one.`,
  );
}
