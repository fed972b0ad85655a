import pino from "pino";

/**
 * The fields that may leave the process in a log line: an allow-list, so that a name, an
 * address, a key or a client secret can't slip in with an object that somebody passed.
 */
const allowed = [
  "orderId",
  "order",
  "paymentId",
  "intentId",
  "messageId",
  "eventId",
  "endpointId",
  "deliveryId",
  "jobId",
  "kind",
  "queue",
  "event",
  "from",
  "to",
  "status",
  "count",
  "code",
  "reason",
  "requestId",
  "method",
  "path",
  "httpStatus",
  "milliseconds",
  "seconds",
  "url",
  "role",
  "signal",
  "policy",
  "stripeRequestId",
  "round",
  "act",
  "actor",
] as const;

export type LogFields = Partial<Record<(typeof allowed)[number], string | number | boolean | null>>;

export type Log = {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
};

/** Writes one line per event: JSON for machines, or a readable line for people (`pretty`). */
export function createLog(
  processName: string,
  options: { level: string; format: "json" | "pretty" },
): Log {
  const wishes = {
    level: options.level,
    base: { process: processName },
    messageKey: "message",
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const logger = pino(wishes, output);
  const write =
    options.format === "pretty"
      ? (level: Level, event: string, fields: LogFields) => {
          if (logger.isLevelEnabled(level)) output.write(line(processName, level, event, fields));
        }
      : (level: Level, event: string, fields: LogFields) => logger[level](fields, event);
  return {
    info: (event, fields = {}) => write("info", event, keep(fields)),
    warn: (event, fields = {}) => write("warn", event, keep(fields)),
    error: (event, fields = {}) => {
      write("error", event, keep(fields));
      output.flush();
    },
  };
}

/** Where nobody reads, it is tried again so often: whoever reads may come back. */
const triedAgainAfterMs = 1_000;
/** What a reader who sleeps may leave in our memory. */
const mostUnread = 16 * 1024 * 1024;

/**
 * Writes the lines of one turn of the event loop together: a busy process has hundreds of them a
 * second, and a system call costs more than a line. An error is not kept waiting, since what comes
 * next may end the process in the same turn; what ends it in order lets the others out first.
 *
 * Orders go on without a log: where its reader is gone or asleep, or the disk full, lines are lost.
 */
class Output {
  #waiting = "";
  #quietUntil = 0;
  #isOpen = false;

  write(line: string): void {
    if (!this.#isOpen) this.#open();
    if (this.#waiting === "") setImmediate(() => this.flush());
    this.#waiting += line;
  }

  flush(): void {
    const lines = this.#waiting;
    this.#waiting = "";
    if (lines === "" || performance.now() < this.#quietUntil) return;
    if (process.stdout.writableLength < mostUnread) process.stdout.write(lines);
  }

  #open(): void {
    this.#isOpen = true;
    process.stdout.on("error", () => {
      this.#quietUntil = performance.now() + triedAgainAfterMs;
    });
    process.on("exit", () => this.flush());
  }
}

/** A process has one, and its lines leave in their order, whichever part of it wrote them. */
const output = new Output();

type Level = "info" | "warn" | "error";

const isAllowed: ReadonlySet<string> = new Set(allowed);

function keep(fields: LogFields): LogFields {
  const kept: LogFields = {};
  for (const name of Object.keys(fields) as (keyof LogFields)[]) {
    const value = fields[name];
    if (value === undefined || !isAllowed.has(name)) continue;
    kept[name] = typeof value === "string" ? value.slice(0, 500) : value;
  }
  return kept;
}

function line(processName: string, level: Level, event: string, fields: LogFields): string {
  const time = new Date().toISOString().slice(11, 23);
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  const mark = level === "info" ? "" : `${level.toUpperCase()} `;
  return `${[time, processName.padEnd(12), `${mark}${event}`, ...rest].join(" ")}\n`;
}
