import { reasonOf } from "../../../errors.ts";
import type { Log } from "../../../log.ts";

/** For each key that is watched, in their order, a text that differs when something changed. */
export type Fingerprint = (keys: readonly string[]) => Promise<readonly string[]>;

type Watched = { watch: string; seen: string };

/** What pages are brought up to date by: who watches is told when a fingerprint changes. */
export type Live = {
  /** A page is watched as `name`, or as `name:key` where there are many of a kind. */
  registerTopic(name: string, fingerprint: Fingerprint): void;
  /** How things stand just before a page reads its facts: so that no change falls between. */
  begin(watch: string): Promise<Watched>;
  knows(watch: string): boolean;
  /** Tells of each change from `seen` on; answers how to stop, or null when too many listen. */
  listen(watched: Watched, onChange: (seen: string) => void): (() => void) | null;
};

/** Of one process. Beyond that pages are brought up to date by asking again. */
const mostListeners = 300;
const lookEveryMs = 1_000;

type Listener = Watched & { onChange: (seen: string) => void };

export function createLive(log: Log, everyMs = lookEveryMs): Live {
  const topics = new Map<string, Fingerprint>();
  const listeners = new Set<Listener>();
  /** A topic that is slow is not asked again before it has answered, and holds up no other. */
  const beingRead = new Set<string>();
  const failing = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    const watched = new Set([...listeners].map(({ watch }) => watch));
    const byTopic = Map.groupBy(watched, (watch) => partsOf(watch).name);
    for (const [name, watches] of byTopic) if (!beingRead.has(name)) void read(name, watches);
  }

  async function read(name: string, watches: readonly string[]): Promise<void> {
    beingRead.add(name);
    try {
      const seen = await fingerprints(name, watches);
      failing.delete(name);
      for (const listener of listeners) tell(listener, seen.get(listener.watch));
    } catch (error) {
      if (!failing.has(name)) log.warn("live_not_read", { kind: name, reason: reasonOf(error) });
      failing.add(name);
    } finally {
      beingRead.delete(name);
    }
  }

  async function fingerprints(name: string, watches: readonly string[]) {
    const read = topics.get(name);
    const seen = (await read?.(watches.map((watch) => partsOf(watch).key))) ?? [];
    return new Map(watches.map((watch, index) => [watch, seen[index] ?? ""]));
  }

  function tell(listener: Listener, seen: string | undefined): void {
    if (seen === undefined || seen === listener.seen) return;
    listener.seen = seen;
    listener.onChange(seen);
  }

  return {
    registerTopic: (name, fingerprint) => void topics.set(name, fingerprint),
    knows: (watch) => topics.has(partsOf(watch).name),
    async begin(watch) {
      const seen = await fingerprints(partsOf(watch).name, [watch]);
      return { watch, seen: seen.get(watch) ?? "" };
    },
    listen(watched, onChange) {
      if (listeners.size >= mostListeners) return null;
      const listener = { ...watched, onChange };
      listeners.add(listener);
      timer ??= setInterval(look, everyMs);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}

function partsOf(watch: string): { name: string; key: string } {
  const [name = "", ...key] = watch.split(":");
  return { name, key: key.join(":") };
}
