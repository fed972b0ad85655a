import type { ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "../environment.ts";

/**
 * Hands the connection of an answer that is a stream over to who writes it, once all headers are
 * known: `stream` is what its handler leaves for that. It stands before all other middlewares.
 */
export function takeOver(): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    await next();
    const begin = c.get("stream");
    // Whoever asks for the headers alone has them.
    if (!begin || c.req.method === "HEAD") return;
    const { outgoing } = c.env as { outgoing: ServerResponse };
    outgoing.writeHead(c.res.status, Object.fromEntries(c.res.headers));
    outgoing.flushHeaders();
    // Without the first, Hono makes a copy of the second, which says nothing to the server.
    c.res = undefined;
    c.res = RESPONSE_ALREADY_SENT;
    begin(outgoing);
  };
}
