import type { ServerResponse } from "node:http";

/** An open stream of server-sent events. */
export type Stream = {
  /** Writes whole parts of the stream; one who reads too slowly is cut off. */
  write(text: string): void;
  /** Ends it; the text is the last that is written. */
  end(text?: string): void;
};

/** Who opens a stream: what is counted together, and how many they may have at a time. */
type Caller = { name: string; most: number };

export type Streams = {
  /** Why there is no place for one more of the caller's: they have many, or all are taken. */
  refusal(caller: Caller): "caller" | "process" | "stopping" | null;
  /**
   * Turns a connection whose headers are written into a stream. `begin` answers what is to be
   * done at its end, however it comes.
   */
  open(caller: Caller, outgoing: ServerResponse, begin: (stream: Stream) => () => void): void;
};

type Limits = {
  /** Of one process: the others of the chain have place, too. */
  mostStreams: number;
  /** With more than that waiting for its reader, nothing is added: the connection is cut. */
  mostWaitingBytes: number;
  /** Routers cut what is silent for 55 s. */
  beatMs: number;
  /** A stream ends then, and its reader opens the next: perhaps at another process. */
  longestMs: number;
};

export const usualLimits: Limits = {
  mostStreams: 2_500,
  mostWaitingBytes: 64 * 1_024,
  beatMs: 15_000,
  longestMs: 900_000,
};

const heartbeat = ": still here\n\n";

type Open = Stream & { beat(): void; endsAt: number };

/** Keeps one process's streams: counts them, lets their hearts beat, and ends them in time. */
export function createStreams(stopping?: AbortSignal, limits: Limits = usualLimits): Streams {
  const all = new Set<Open>();
  const counts = new Map<string, number>();
  let heart: NodeJS.Timeout | undefined;
  stopping?.addEventListener("abort", () => {
    for (const stream of all) stream.end();
  });

  function beat(): void {
    const now = performance.now();
    for (const stream of all) {
      if (now < stream.endsAt) stream.beat();
      else stream.end();
    }
  }

  function enter(stream: Open, { name }: Caller): void {
    all.add(stream);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    heart ??= setInterval(beat, limits.beatMs).unref();
  }

  function leave(stream: Open, { name }: Caller): void {
    all.delete(stream);
    const left = (counts.get(name) ?? 1) - 1;
    if (left > 0) counts.set(name, left);
    else counts.delete(name);
    if (all.size > 0) return;
    clearInterval(heart);
    heart = undefined;
  }

  return {
    refusal({ name, most }) {
      if (stopping?.aborted) return "stopping";
      if ((counts.get(name) ?? 0) >= most) return "caller";
      return all.size >= limits.mostStreams ? "process" : null;
    },
    open(caller, outgoing, begin) {
      // Who went away while we looked whether they may listen has had their "close".
      if (outgoing.destroyed || outgoing.closed) return;
      // Streams that began together, after a deployment, do not all end together.
      const lives = limits.longestMs * (0.8 + Math.random() * 0.2);
      const stream = writeInto(outgoing, limits.mostWaitingBytes, performance.now() + lives);
      enter(stream, caller);
      let stop: (() => void) | undefined;
      outgoing.once("close", () => {
        stop?.();
        leave(stream, caller);
      });
      stop = begin(stream);
      if (stopping?.aborted) stream.end();
    },
  };
}

/**
 * Written straight into the connection, and nothing else is kept of the request: of two thousand
 * streams that matters.
 */
function writeInto(outgoing: ServerResponse, mostWaitingBytes: number, endsAt: number): Open {
  let wasWaiting = false;
  const isOpen = () => !outgoing.writableEnded && !outgoing.destroyed;
  const write = (text: string) => {
    if (!isOpen()) return;
    if (outgoing.writableLength > mostWaitingBytes) outgoing.destroy();
    else outgoing.write(text);
  };
  return {
    endsAt,
    write,
    end(text) {
      if (isOpen()) outgoing.end(text);
    },
    beat() {
      // Somebody who takes nothing keeps what was written waiting, beat after beat.
      const isWaiting = outgoing.writableLength > 0;
      if (isWaiting && wasWaiting) outgoing.destroy();
      else write(heartbeat);
      wasWaiting = isWaiting;
    },
  };
}
