/** An open stream of server-sent events. */
export type Stream = {
  /** Writes whole parts of the stream; one who reads too slowly is cut off. */
  write(text: string): void;
  /** Ends it; the text is the last that is written. */
  end(text?: string): void;
};

/** Who opens a stream: what is counted together, and what breaks off their connection. */
export type Caller = { name: string; most: number; hangUp: (() => void) | null };

export type Streams = {
  /**
   * Opens a stream for a caller, or says why there is no place: the caller has many already, the
   * process is full, or it is about to stop. `onEnd` is called once, however the stream ends.
   */
  open(caller: Caller, begin: (stream: Stream) => () => void): Opened;
};

type Opened = { body: ReadableStream<Uint8Array> } | { refused: "caller" | "process" | "stopping" };

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

const usualLimits: Limits = {
  mostStreams: 2_500,
  mostWaitingBytes: 64 * 1_024,
  beatMs: 15_000,
  longestMs: 900_000,
};

const heartbeat = ": still here\n\n";

type Open = Stream & { beat(): void };

/** Keeps one process's streams: counts them, lets their hearts beat, and ends them in time. */
export function createStreams(stopping?: AbortSignal, limits: Limits = usualLimits): Streams {
  const open = new Map<Open, { endsAt: number }>();
  const counts = new Map<string, number>();
  let heart: NodeJS.Timeout | undefined;
  stopping?.addEventListener("abort", () => {
    for (const stream of open.keys()) stream.end();
  });

  function beat(): void {
    const now = performance.now();
    for (const [stream, { endsAt }] of open) {
      if (now < endsAt) stream.beat();
      else stream.end();
    }
  }

  function enter(stream: Open, caller: string): void {
    // Streams that began together, after a deployment, do not all end together.
    const lives = limits.longestMs * (0.8 + Math.random() * 0.2);
    open.set(stream, { endsAt: performance.now() + lives });
    counts.set(caller, (counts.get(caller) ?? 0) + 1);
    heart ??= setInterval(beat, limits.beatMs).unref();
  }

  function leave(stream: Open, caller: string): void {
    open.delete(stream);
    const left = (counts.get(caller) ?? 1) - 1;
    if (left > 0) counts.set(caller, left);
    else counts.delete(caller);
    if (open.size > 0) return;
    clearInterval(heart);
    heart = undefined;
  }

  return {
    open(caller, begin) {
      if (stopping?.aborted) return { refused: "stopping" };
      if ((counts.get(caller.name) ?? 0) >= caller.most) return { refused: "caller" };
      if (open.size >= limits.mostStreams) return { refused: "process" };
      const body = makeBody(limits.mostWaitingBytes, caller.hangUp, (stream) => {
        enter(stream, caller.name);
        const stop = begin(stream);
        return () => {
          stop();
          leave(stream, caller.name);
        };
      });
      return { body };
    },
  };
}

const encoder = new TextEncoder();

/** A body that is written into as news come; `begin` answers what is to be done at its end. */
function makeBody(
  mostWaitingBytes: number,
  hangUp: Caller["hangUp"],
  begin: (stream: Open) => () => void,
): ReadableStream<Uint8Array> {
  let atEnd: (() => void) | null = null;
  const finish = () => {
    atEnd?.();
    atEnd = null;
  };
  const start = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    let isSlow = false;
    const waiting = () => mostWaitingBytes - (controller.desiredSize ?? 0);
    const cutOff = () => {
      finish();
      if (hangUp) hangUp();
      else controller.error(new Error("The reader of a stream was too slow."));
    };
    const write = (text: string) => {
      if (atEnd === null) return;
      if (waiting() > mostWaitingBytes) cutOff();
      else controller.enqueue(encoder.encode(text));
    };
    const end = (text?: string) => {
      if (text !== undefined) write(text);
      if (atEnd === null) return;
      finish();
      controller.close();
    };
    const beat = () => {
      // Somebody who takes nothing keeps what was written waiting, beat after beat.
      if (isSlow && waiting() > 0) return cutOff();
      isSlow = waiting() > 0;
      write(heartbeat);
    };
    atEnd = () => undefined;
    atEnd = begin({ write, end, beat });
  };
  const strategy = new ByteLengthQueuingStrategy({ highWaterMark: mostWaitingBytes });
  return new ReadableStream({ start, cancel: finish }, strategy);
}
