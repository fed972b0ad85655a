import { type Context, Hono } from "hono";
import { type Fault, type Faults, type HttpEnv, underFault } from "../faults.ts";

/** What the receiver was told, the latest first. */
type Told = { at: string; id: string | null; signed: boolean; body: unknown };

const mostKept = 200;
const chunk = "There is more to say. ".repeat(50);

/** Another system of the chain, which is told of orders by Aurora's webhooks. */
export function receiverRoutes(faults: Faults, now: () => number): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const told: Told[] = [];

  app.post("/orders", async (c) => {
    const fault = faults.take("receiver", c.req.method, c.req.path);
    if (fault?.kind === "redirect") return c.redirect("/receiver/moved", 307);
    const take = async () => {
      told.unshift(await read(c, now()));
      told.splice(mostKept);
      return answer(c, fault);
    };
    return underFault(c, fault, take, (status) => c.text("Out of order.", status as 503));
  });
  app.get("/orders", (c) => c.json(told));
  return app;
}

async function read(c: Context<HttpEnv>, now: number): Promise<Told> {
  const text = await c.req.text();
  return {
    at: new Date(now).toISOString(),
    id: c.req.header("webhook-id") ?? null,
    signed: c.req.header("webhook-signature") !== undefined,
    body: parse(text),
  };
}

/** One that lies says yes, and never comes to an end. */
function answer(c: Context<HttpEnv>, fault: Fault | undefined): Response {
  if (fault?.kind !== "endless") return c.body(null, 204);
  const bytes = new TextEncoder().encode(chunk);
  return c.body(new ReadableStream({ pull: (controller) => controller.enqueue(bytes) }), 200);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
