import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Books } from "./books.ts";
import type { Counts } from "./counts.ts";
import { type Faults, faultShape, type HttpEnv } from "./faults.ts";
import { findCard, genericDecline } from "./stripe/cards.ts";
import { authenticate, confirm, failAuthentication, settle } from "./stripe/confirm.ts";
import type { Deliveries } from "./stripe/deliveries.ts";
import { findIntent } from "./stripe/intent-routes.ts";
import { readLedger } from "./stripe/ledger.ts";
import type { Intent } from "./stripe/objects.ts";
import { notFound, Problem } from "./stripe/problems.ts";
import { nobody, type StripeWorld } from "./stripe/world.ts";

export type ControlDesk = {
  books: Books;
  world: StripeWorld;
  deliveries: Deliveries;
  faults: Faults;
  counts: Counts;
};

const card = z.string().refine((id) => {
  findCard(id);
  return true;
});
const autoPayShape = z.strictObject({ on: z.boolean(), card: card.default("pm_card_visa") });
const webhooksShape = z.strictObject({ on: z.boolean() });
const actShape = z.strictObject({ card: card.optional() });

/** What a test, a bench or a person does to the stand-ins; the real services have none of it. */
export function controlRoutes(desk: ControlDesk): Hono<HttpEnv> {
  const { books, faults, counts } = desk;
  const app = new Hono<HttpEnv>();

  app.post("/reset", (c) => {
    books.reset();
    faults.clear();
    counts.clear();
    return c.json({ reset: true });
  });
  app.get("/counts", (c) => c.json(counts.read()));
  app.get("/faults", (c) => c.json(faults.list()));
  app.post("/faults", async (c) => {
    faults.add(await readBody(c, faultShape));
    return c.json(faults.list(), 201);
  });
  app.delete("/faults", (c) => {
    faults.clear();
    return c.json([]);
  });
  app.get("/mail", (c) => {
    const { to, orderId } = c.req.query();
    return c.json(
      books.mails.rows.filter(
        (mail) =>
          (!orderId || mail.orderId === orderId) &&
          (!to || mail.to.some(({ email }) => email.toLowerCase() === to.toLowerCase())),
      ),
    );
  });
  app.get("/sms", (c) => {
    const { to, orderId } = c.req.query();
    // A text has no field for the order's id: what names it is its body or its callback.
    return c.json(
      books.texts.rows.filter(
        (sms) =>
          (!orderId || `${sms.body} ${sms.statusCallback}`.includes(orderId)) &&
          (!to || sms.to === to),
      ),
    );
  });
  stripeControls(app, desk);
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

function stripeControls(app: Hono<HttpEnv>, { books, world, deliveries }: ControlDesk): void {
  const act = (verb: string, run: (intent: Intent, card: string | undefined) => Intent) =>
    app.post(`/stripe/intents/:id/${verb}`, async (c) => {
      const { card } = await readBody(c, actShape);
      const intent = run(findIntent(world, c.req.param("id")), card);
      await books.commit();
      return c.json(intent);
    });

  act("pay", (intent, card = "pm_card_visa") =>
    intent.status === "processing"
      ? settle(world, nobody, intent)
      : confirm(world, nobody, intent, { paymentMethod: card }),
  );
  act("decline", (intent, card = "pm_card_visa_chargeDeclined") =>
    intent.status === "processing"
      ? settle(world, nobody, intent, findCard(card).decline ?? genericDecline)
      : confirm(world, nobody, intent, { paymentMethod: card }),
  );
  act("authenticate", (intent) => authenticate(world, nobody, intent));
  act("fail_authentication", (intent) => failAuthentication(world, nobody, intent));

  app.post("/stripe/auto_pay", async (c) => {
    const { on, card } = await readBody(c, autoPayShape);
    books.switches = { ...books.switches, autoPay: on ? card : null };
    await books.commit();
    return c.json(books.switches);
  });
  app.post("/stripe/webhooks", async (c) => {
    const { on } = await readBody(c, webhooksShape);
    books.switches = { ...books.switches, webhooks: on };
    await books.commit();
    deliveries.wake();
    return c.json(books.switches);
  });
  app.post("/stripe/events/:id/resend", async (c) => {
    if (!books.events.get(c.req.param("id"))) throw notFound("event", c.req.param("id"));
    deliveries.resend(c.req.param("id"));
    await books.commit();
    return c.json(books.deliveries.get(c.req.param("id")));
  });
  app.get("/stripe/deliveries", (c) => c.json(books.deliveries.rows));
  app.get("/stripe/ledger", (c) => c.json(readLedger(books, c.req.query("orderId"))));
}

async function readBody<Shape extends z.ZodType>(
  c: Context<HttpEnv>,
  shape: Shape,
): Promise<z.output<Shape>> {
  const text = await c.req.text();
  return shape.parse(text === "" ? {} : JSON.parse(text));
}
