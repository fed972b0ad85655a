import { reasonOf } from "../../errors.ts";
import type { Log } from "../../log.ts";

/** Something that is looked at again and again while somebody waits for it. */
type Look = {
  isWanted(): boolean;
  /** Looks once; true when there was more than it took. */
  look(): Promise<boolean>;
};

export type PollLoop = {
  add(look: Look): void;
  /** Somebody waits from now on. */
  wake(): void;
};

const lookEveryMs = 100;
/** After a failure: PostgreSQL is away, and comes back no sooner for being asked. */
const restMs = 1_000;

/**
 * The one loop by which a web process learns what is new in PostgreSQL, for all who wait for it:
 * it asks again some time after each answer, and not at all while nobody waits. When it can't ask,
 * those who wait go on waiting.
 */
export function createPollLoop(log: Log, everyMs = lookEveryMs): PollLoop {
  const looks: Look[] = [];
  let isRunning = false;
  let isFailing = false;

  async function run(): Promise<void> {
    const hasMore = await lookAll();
    if (!looks.some((each) => each.isWanted())) {
      isRunning = false;
      return;
    }
    setTimeout(() => void run(), hasMore ? 0 : isFailing ? restMs : everyMs);
  }

  async function lookAll(): Promise<boolean> {
    try {
      let hasMore = false;
      for (const each of looks) if (each.isWanted()) hasMore = (await each.look()) || hasMore;
      if (isFailing) log.info("watching_again");
      isFailing = false;
      return hasMore;
    } catch (error) {
      if (!isFailing) log.warn("watching_failed", { reason: reasonOf(error) });
      isFailing = true;
      return false;
    }
  }

  return {
    add: (look) => void looks.push(look),
    wake() {
      if (isRunning) return;
      isRunning = true;
      // At once, but with all who come at the same moment.
      setImmediate(() => void run());
    },
  };
}
