import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";

/** How often each route was asked, since the start or the last reset. */
export class Counts {
  readonly #counts = new Map<string, number>();

  /** Counts under the route's pattern, so that a thousand orders are one line. */
  readonly middleware: MiddlewareHandler = async (c, next) => {
    await next();
    const route = `${c.req.method} ${routePath(c)}`;
    this.#counts.set(route, (this.#counts.get(route) ?? 0) + 1);
  };

  read(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  clear(): void {
    this.#counts.clear();
  }
}
