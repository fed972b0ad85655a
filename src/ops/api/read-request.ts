import type { Context } from "hono";
import { z } from "zod";
import { Refused } from "../../errors.ts";
import type { OpsApiEnv } from "./answer-error.ts";

const act = {
  input: z.unknown().optional(),
  reason: z.string("Must be a text.").default(""),
  dryRun: z.boolean("Must be true or false.").default(false),
};
const actBody = z.strictObject(act);
const bulkBody = z.strictObject({
  ...act,
  orders: z.array(
    z.strictObject({
      id: z.uuid("Must be an order's id, a UUID."),
      version: z.int("Must be the version that you saw."),
    }),
    "Must be a list of orders with the versions that you saw.",
  ),
});

/** What an act's request says besides its address. */
export const readActBody = (c: Context<OpsApiEnv>) => readBody(c, actBody);
export const readBulkBody = (c: Context<OpsApiEnv>) => readBody(c, bulkBody);

async function readBody<Shape extends z.ZodType>(
  c: Context<OpsApiEnv>,
  shape: Shape,
): Promise<z.output<Shape>> {
  if (!/^application\/json\s*(;|$)/i.test(c.req.header("content-type") ?? "")) {
    throw new Refused("unsupported_media_type", "Send the body as application/json.");
  }
  const read = shape.safeParse(parse(await c.req.text()));
  if (read.success) return read.data;
  const faults = read.error.issues.map(({ path, message }) => ({
    field: path.length === 0 ? "body" : path.map(String).join("."),
    message,
  }));
  const [first] = faults;
  throw new Refused("invalid_act", `${first?.field}: ${first?.message}`, faults);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused("malformed_json", "The body is not valid JSON. Send one JSON object.");
  }
}

/** The version in If-Match, quoted or not; null where there is none. A star is no version. */
export function readVersion(header: string | undefined): number | null {
  if (header === undefined) return null;
  const [, digits] = /^(?:W\/)?"?(\d{1,9})"?$/.exec(header.trim()) ?? [];
  if (digits !== undefined) return Number(digits);
  const message = 'Must be the version that you saw, in quotation marks: "7".';
  throw new Refused("invalid_act", `If-Match: ${message}`, [{ field: "If-Match", message }]);
}
