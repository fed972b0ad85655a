import type { Hono } from "hono";
import { z } from "zod";
import type { HttpEnv } from "../faults.ts";
import { readBody } from "../read-body.ts";
import { initialSwitches, type Switches } from "../switches.ts";
import { cardShape } from "./control-acts.ts";
import type { Deliveries } from "./deliveries.ts";
import { readLedger } from "./ledger.ts";
import { notFound } from "./problems.ts";
import type { RateLimit, Traffic } from "./traffic.ts";
import { type Trouble, troubleShape } from "./trouble.ts";
import type { StripeWorld } from "./world.ts";

type App = Hono<HttpEnv>;
export type StripeControlDesk = { world: StripeWorld; deliveries: Deliveries; traffic: Traffic };

const autoPayShape = z.strictObject({
  on: z.boolean(),
  card: cardShape.default("pm_card_visa"),
  delayMs: z.int().min(0).max(60_000).default(0),
});
const webhooksShape = z.strictObject({ on: z.boolean() });
const refundsShape = z.strictObject({
  status: z.enum(["succeeded", "pending", "requires_action"]).default("succeeded"),
});
const loseShape = z.strictObject({ count: z.int().min(0).default(0) });
const nextCardShape = z.strictObject({ card: cardShape.nullable().default(null) });
const accountShape = z.strictObject({
  id: z.string().startsWith("acct_").default(initialSwitches.account),
});
const rateShape = z
  .strictObject({
    perSecond: z.int().positive().nullable().default(null),
    perEndpoint: z.boolean().default(true),
    retryAfter: z.int().min(0).nullable().default(1),
  })
  .nullable();
const secretShape = z.strictObject({ secret: z.string().startsWith("whsec_").optional() });
const feesShape = z.strictObject({ later: z.boolean().default(false) });

/** How Stripe's stand-in behaves from now on, and what it tells of itself. */
export function switchControls(app: App, desk: StripeControlDesk): void {
  const onSwitch = <Shape extends z.ZodType>(
    path: string,
    shape: Shape,
    changes: (told: z.output<Shape>) => Partial<Switches>,
  ) =>
    app.post(path, async (c) => {
      const { books } = desk.world;
      const switches = books.turn(changes(await readBody(c, shape)));
      await books.commit();
      desk.deliveries.wake();
      return c.json(switches);
    });

  onSwitch("/stripe/auto_pay", autoPayShape, ({ on, card, delayMs }) => ({
    autoPay: on ? card : null,
    autoPayDelayMs: delayMs,
  }));
  onSwitch("/stripe/webhooks", webhooksShape, ({ on }) => ({ webhooks: on }));
  onSwitch("/stripe/refunds", refundsShape, ({ status }) => ({ refundStatus: status }));
  onSwitch("/stripe/fees", feesShape, ({ later }) => ({ feesLater: later }));
  onSwitch("/stripe/webhooks/lose_next", loseShape, ({ count }) => ({ loseNext: count }));
  onSwitch("/stripe/next_card", nextCardShape, ({ card }) => ({ nextCard: card }));
  onSwitch("/stripe/account", accountShape, ({ id }) => ({ account: id }));
  onSwitch("/stripe/rate_limit", rateShape, (told) => ({ rateLimit: limitOf(told) }));
  onSwitch("/stripe/webhook_secret", secretShape, ({ secret }) => ({
    signingSecrets: secret?.split(",") ?? null,
  }));
  app.get("/stripe/switches", (c) => {
    const { switches, troubles } = desk.world.books;
    return c.json({ ...switches, trouble: troubles.get("trouble") ?? null });
  });
  deliveryControls(app, desk);
  trafficControls(app, desk);
}

function limitOf(told: z.output<typeof rateShape>): RateLimit | null {
  if (told === null || told.perSecond === null) return null;
  return { ...told, perSecond: told.perSecond };
}

function trafficControls(app: App, desk: StripeControlDesk): void {
  app.get("/stripe/rate", (c) => c.json(desk.traffic.rate()));
  app.get("/stripe/requests", (c) => c.json(desk.traffic.requests()));
}

function deliveryControls(app: App, desk: StripeControlDesk): void {
  app.post("/stripe/trouble", async (c) => {
    const { books } = desk.world;
    const told = await readBody(c, troubleShape);
    const trouble: Trouble = { id: "trouble", met: 0, ...told };
    books.troubles.put(trouble);
    await books.commit();
    return c.json(trouble);
  });
  app.post("/stripe/events/:id/resend", async (c) => {
    const { books } = desk.world;
    if (!books.events.get(c.req.param("id"))) throw notFound("event", c.req.param("id"));
    desk.deliveries.resend(c.req.param("id"));
    await books.commit();
    return c.json(books.deliveries.get(c.req.param("id")));
  });
  app.get("/stripe/deliveries", (c) => c.json(desk.world.books.deliveries.rows));
  app.get("/stripe/ledger", (c) => c.json(readLedger(desk.world.books, c.req.query("orderId"))));
}
