import type { ServerResponse } from "node:http";
import type { Context } from "hono";

/**
 * Sets a header of every answer, whatever becomes of the request. What a route sets under the same
 * name stands in its place. It goes to the server's own answer: Hono would make each a part of a
 * Headers object, and copy that several times, which cost a twentieth of web's CPU.
 */
export function setAnswerHeader(c: Context, name: string, value: string): void {
  const { outgoing } = (c.env ?? {}) as { outgoing?: ServerResponse };
  if (outgoing) outgoing.setHeader(name, value);
  else c.header(name, value);
}
