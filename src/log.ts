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
  const out = turnByTurn();
  const wishes = {
    level: options.level,
    base: { process: processName },
    messageKey: "message",
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const logger = pino(wishes, out);
  const write =
    options.format === "pretty"
      ? (level: Level, event: string, fields: LogFields) => {
          if (logger.isLevelEnabled(level)) out.write(line(processName, level, event, fields));
        }
      : (level: Level, event: string, fields: LogFields) => logger[level](fields, event);
  return {
    info: (event, fields = {}) => write("info", event, keep(fields)),
    warn: (event, fields = {}) => write("warn", event, keep(fields)),
    error: (event, fields = {}) => write("error", event, keep(fields)),
  };
}

/**
 * Writes the lines of one turn of the event loop together: a busy process has hundreds of them a
 * second, and a system call costs more than a line. What ends the process lets them out first.
 */
function turnByTurn(): { write(line: string): void } {
  let waiting = "";
  const flush = () => {
    const lines = waiting;
    waiting = "";
    if (lines !== "") process.stdout.write(lines);
  };
  process.on("exit", flush);
  return {
    write(line) {
      if (waiting === "") setImmediate(flush);
      waiting += line;
    },
  };
}

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
