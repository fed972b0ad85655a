import { Hono } from "hono";
import { z } from "zod";
import type { Books } from "./books.ts";
import type { Counts } from "./counts.ts";
import { type Faults, faultShape, type HttpEnv } from "./faults.ts";
import { messageControls } from "./message-controls.ts";
import { readBody } from "./read-body.ts";
import type { Arrivals } from "./sendgrid/arrivals.ts";
import { actControls } from "./stripe/control-acts.ts";
import { switchControls } from "./stripe/control-switches.ts";
import type { Deliveries } from "./stripe/deliveries.ts";
import { Problem } from "./stripe/problems.ts";
import type { Traffic } from "./stripe/traffic.ts";
import type { StripeWorld } from "./stripe/world.ts";

export type ControlDesk = {
  books: Books;
  world: StripeWorld;
  deliveries: Deliveries;
  faults: Faults;
  counts: Counts;
  traffic: Traffic;
  arrivals: Arrivals;
};

const clockShape = z.strictObject({ advanceSeconds: z.int().min(0) });

/** What a test, a bench or a person does to the stand-ins; the real services have none of it. */
export function controlRoutes(desk: ControlDesk): Hono<HttpEnv> {
  const { books, faults, counts } = desk;
  const app = new Hono<HttpEnv>();

  app.post("/reset", (c) => {
    books.reset();
    faults.clear();
    counts.clear();
    desk.traffic.clear();
    return c.json({ reset: true });
  });
  app.post("/clock", async (c) => {
    const { advanceSeconds } = await readBody(c, clockShape);
    const { clockAheadMs } = books.switches;
    books.turn({ clockAheadMs: clockAheadMs + advanceSeconds * 1_000 });
    await books.commit();
    return c.json({ now: new Date(desk.world.now()).toISOString() });
  });
  app.get("/counts", (c) => c.json(counts.read()));
  app.get("/faults", (c) => c.json(faults.list()));
  app.post("/faults", async (c) => {
    faults.add(await readBody(c, faultShape));
    return c.json(faults.list(), 201);
  });
  app.delete("/faults", (c) => {
    const name = c.req.query("name");
    if (name === undefined) faults.clear();
    else faults.end(name);
    return c.json(faults.list());
  });
  messageControls(app, desk);
  actControls(app, desk);
  switchControls(app, desk);
  app.all("*", (c) => {
    const message = `There is no ${c.req.method} ${c.req.path}: see sandbox/README.md.`;
    return c.json({ error: { message } }, 404);
  });
  app.onError((error, c) => {
    if (error instanceof Problem) return c.json({ error: error.body }, error.status as 400);
    if (error instanceof z.ZodError) {
      return c.json({ error: { message: z.prettifyError(error) } }, 400);
    }
    if (error instanceof SyntaxError) {
      return c.json({ error: { message: `The body is not JSON: ${error.message}` } }, 400);
    }
    return c.json({ error: { message: error.message } }, 500);
  });
  return app;
}
