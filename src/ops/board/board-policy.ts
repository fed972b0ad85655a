import type { createBullBoard } from "@bull-board/api";

type BoardHooks = NonNullable<
  NonNullable<Parameters<typeof createBullBoard>[0]["options"]>["handlerHooks"]
>;

/**
 * Bull Board itself changes nothing: a job is a hint about a row in PostgreSQL, and whatever else
 * could be done to a queue helps nobody. To have failed jobs tried again is ours, in retries.ts.
 */
export const boardPolicy: BoardHooks = {
  before({ method }) {
    if (method === "get") return undefined;
    return {
      allow: false,
      status: 403,
      message:
        "Here failed jobs can be tried again; everything else is done to orders, not to jobs.",
    };
  },
};
