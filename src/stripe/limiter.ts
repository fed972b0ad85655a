import type { Redis } from "../queues/redis.ts";
import type { Endpoint } from "./ask.ts";
import {
  type Book,
  bookInMemory,
  longestLineMilliseconds,
  longestPauseMilliseconds,
  paceOf,
  patienceMilliseconds,
  type Turn,
} from "./slots.ts";

/** Without Redis the processes do not know of each other: four of them may use up the rate. */
const shareAlone = 1 / 4;
/** A Redis that is connected and says nothing is waited for so long. */
const silenceMilliseconds = 1_000;
/**
 * What slots.ts does in memory, for all processes: Redis keeps the two moments, and its clock is
 * the only one. Keys that lie in the past say nothing, and are dropped; so do those that lie
 * further ahead than any could, since that clock was set back after they were written.
 */
const script = `
  local time = redis.call("TIME")
  local now = time[1] * 1000 + time[2] / 1000
  local interval, spacing, patience = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
  local wantsSlot, pause, notBefore = ARGV[4] == "1", tonumber(ARGV[5]), tonumber(ARGV[6])
  local longestPause, longestLine = tonumber(ARGV[7]), tonumber(ARGV[8])

  local function known(key, longest)
    local moment = tonumber(redis.call("GET", key) or 0)
    return moment <= now + longest + patience + interval and moment or 0
  end
  local function keep(key, moment)
    redis.call("SET", key, moment, "PX", math.max(1, math.ceil(moment - now)))
  end

  local slot = math.max(known(KEYS[1], longestPause), now + pause)
  if pause > 0 then keep(KEYS[1], slot) end
  if wantsSlot and slot - now <= patience then
    keep(KEYS[1], slot + interval)
    return { 1, math.ceil(slot - now) }
  end
  local place = math.max(
    known(KEYS[2], longestLine), now + math.max(patience, notBefore), slot)
  keep(KEYS[2], math.min(place + spacing, now + longestLine))
  return { 0, math.ceil(place - now) }`;

type Scripted = Redis & {
  bookStripe(...args: (string | number)[]): Promise<[gotSlot: number, inMilliseconds: number]>;
};

/**
 * Limits requests to each of Stripe's endpoints over all processes that share a Redis and a
 * prefix. While Redis is away each process keeps to a share of the rate, so that Stripe is not
 * flooded and nobody waits for Redis.
 */
export function createLimiter(means: { redis: Redis; prefix: string; perSecond: number }): Book {
  const { redis, prefix, perSecond } = means;
  // Nothing to share where nothing is limited; a pause that Stripe asks for each learns itself.
  if (perSecond === Number.POSITIVE_INFINITY) return bookInMemory(perSecond);
  const alone = bookInMemory(perSecond * shareAlone);
  const together = bookInRedis(redis, prefix, perSecond);
  return async (endpoint, wish) => {
    if (redis.status !== "ready") return await alone(endpoint, wish);
    const turn = await inTime(together(endpoint, wish)).catch(() => null);
    return turn ?? (await alone(endpoint, wish));
  };
}

function bookInRedis(redis: Redis, prefix: string, perSecond: number): Book {
  const { interval, spacing } = paceOf(perSecond);
  redis.defineCommand("bookStripe", { numberOfKeys: 2, lua: script });
  return async (endpoint, wish): Promise<Turn> => {
    const [gotSlot, milliseconds] = await (redis as Scripted).bookStripe(
      keyOf(prefix, "slot", endpoint),
      keyOf(prefix, "place", endpoint),
      interval,
      spacing,
      patienceMilliseconds,
      wish.slot ? 1 : 0,
      wish.pauseMilliseconds ?? 0,
      wish.notBeforeMilliseconds ?? 0,
      longestPauseMilliseconds,
      longestLineMilliseconds,
    );
    return gotSlot === 1 ? { slotIn: milliseconds } : { placeIn: milliseconds };
  };
}

function keyOf(prefix: string, what: "slot" | "place", endpoint: Endpoint): string {
  return `${prefix}:stripe-${what}:${endpoint}`;
}

/** The answer, or null from a Redis that is connected and silent. */
async function inTime(answer: Promise<Turn>): Promise<Turn | null> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), silenceMilliseconds);
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}
