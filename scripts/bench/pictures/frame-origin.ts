import type { ProfileNode } from "./cpu-profile.ts";

/** Whose code a frame is, as the legend names it. */
export const origins = {
  aurora: "Aurora",
  queues: "BullMQ, ioredis, msgpackr",
  database: "pg, Kysely",
  http: "Hono, zod",
  suppliers: "Stripe, Twilio, SendGrid",
  logs: "pino",
  packages: "other packages",
  node: "Node",
  garbage: "garbage collection",
} as const;

export type Origin = keyof typeof origins;

/** Packages by origin, with those that only they bring in. A name ending in / is a scope. */
const packages: Partial<Record<Origin, readonly string[]>> = {
  queues: [
    ...["bullmq", "ioredis", "@ioredis/", "msgpackr", "msgpackr-extract", "denque", "luxon"],
    ...["standard-as-callback", "cluster-key-slot", "redis-errors", "cron-parser"],
  ],
  database: [
    ...["pg", "pg-pool", "pg-protocol", "pg-types", "pg-int8", "pg-connection-string", "kysely"],
    ...["pgpass", "postgres-array", "postgres-bytea", "postgres-date", "postgres-interval"],
  ],
  http: ["hono", "@hono/", "@asteasolutions/", "zod", "openapi3-ts"],
  suppliers: ["stripe", "twilio", "@sendgrid/", "axios", "follow-redirects", "form-data"],
  logs: ["pino", "pino-std-serializers", "sonic-boom", "quick-format-unescaped"],
};

export interface Frame {
  name: string;
  /** From the repository's root, or from the package's name; empty for what V8 itself does. */
  file: string;
  origin: Origin;
}

/** What a call is, without a word of where on the machine its code lies. */
export function frameOf({ callFrame }: ProfileNode, caller: Origin): Frame {
  const { functionName, scriptId, url, lineNumber } = callFrame;
  if (functionName === "(garbage collector)") {
    return { name: origins.garbage, file: "", origin: "garbage" };
  }
  if (functionName === "(program)") return { name: "native code", file: "", origin: "node" };
  if (url === "") {
    const isGenerated = Number(scriptId) > 0;
    const unnamed = isGenerated ? "generated code" : "native code";
    // Code made at run time (zod's parsers, for one) is the work of whoever had it made.
    return { name: nameOf(functionName, unnamed), file: "", origin: isGenerated ? caller : "node" };
  }
  const file = shortPath(url);
  const name = nameOf(functionName, `${file.split("/").at(-1)}:${lineNumber + 1}`);
  return { name, file, origin: originOf(file) };
}

/** V8 names a regular expression by all of its text. */
function nameOf(functionName: string, unnamed: string): string {
  if (functionName.startsWith("RegExp: ")) return "RegExp";
  return functionName === "" ? unnamed : functionName;
}

/** `src/...`, `bullmq/...`, `node:...`; of anything else its last name only. */
export function shortPath(url: string): string {
  if (url.startsWith("node:")) return url;
  if (url.startsWith("wasm:")) return "wasm";
  const path = url.replaceAll("\\", "/");
  const packaged = path.split("/node_modules/");
  if (packaged.length > 1) return packaged.at(-1) ?? "";
  return /.*\/((?:src|scripts|sandbox|test)\/.+)/.exec(path)?.[1] ?? path.split("/").at(-1) ?? "";
}

function originOf(file: string): Origin {
  if (file.startsWith("node:") || file === "wasm") return "node";
  if (/^(src|scripts|sandbox|test)\//.test(file)) return "aurora";
  for (const origin of Object.keys(origins) as Origin[]) {
    if (packages[origin]?.some((name) => isOf(file, name))) return origin;
  }
  return "packages";
}

function isOf(file: string, name: string): boolean {
  return file.startsWith(name.endsWith("/") ? name : `${name}/`);
}
