import type { Context } from "hono";
import type { z } from "zod";
import type { HttpEnv } from "./faults.ts";

/** What the control API is told; no body means all defaults. */
export async function readBody<Shape extends z.ZodType>(
  c: Context<HttpEnv>,
  shape: Shape,
): Promise<z.output<Shape>> {
  const text = await c.req.text();
  return shape.parse(text === "" ? {} : JSON.parse(text));
}
