import type { createBullBoard } from "@bull-board/api";

type BoardHooks = NonNullable<
  NonNullable<Parameters<typeof createBullBoard>[0]["options"]>["handlerHooks"]
>;

/** The only things that may be done: to have failed jobs tried again. */
const allowed = new Set([
  "/api/queues/:queueName/:jobId/retry",
  "/api/queues/:queueName/retry/:queueStatus",
]);

/**
 * What operators may do in Bull Board. A job is a hint about a row in PostgreSQL: to try it
 * again is harmless, and everything else that the board can do to a queue helps nobody.
 */
export const boardPolicy: BoardHooks = {
  before({ method, route, request }) {
    if (method === "get") return undefined;
    const isRetry = method === "put" && allowed.has(route);
    const status: unknown = request.params["queueStatus"] ?? "failed";
    if (isRetry && status === "failed") return undefined;
    return {
      allow: false,
      status: 403,
      message:
        "Here failed jobs can be tried again; everything else is done to orders, not to jobs.",
    };
  },
};
