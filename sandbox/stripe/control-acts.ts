import type { Hono } from "hono";
import { z } from "zod";
import type { HttpEnv } from "../faults.ts";
import { readBody } from "../read-body.ts";
import { findCard, genericDecline } from "./cards.ts";
import { settleFee } from "./charges.ts";
import { authenticate, confirm, failAuthentication, settle } from "./confirm.ts";
import { closeDispute, escalateInquiry, openDispute, reviewDispute } from "./disputes.ts";
import { findIntent } from "./intent-routes.ts";
import type { Dispute } from "./money-objects.ts";
import { findRow } from "./money-routes.ts";
import type { Intent } from "./objects.ts";
import { failRefund, succeedRefund } from "./refunds.ts";
import { nobody, type StripeWorld } from "./world.ts";

type App = Hono<HttpEnv>;

export const cardShape = z.string().refine((id) => {
  findCard(id);
  return true;
});
const actShape = z.strictObject({ card: cardShape.optional() });
const emptyShape = z.strictObject({});
const failShape = z.strictObject({
  reason: z
    .enum(["declined", "expired_or_canceled_card", "insufficient_funds", "lost_or_stolen_card"])
    .or(z.literal("unknown"))
    .default("unknown"),
});
const disputeReasons = [
  "bank_cannot_process",
  "check_returned",
  "credit_not_processed",
  "customer_initiated",
  "debit_not_authorized",
  "duplicate",
  "fraudulent",
  "general",
  "incorrect_account_details",
  "insufficient_funds",
  "noncompliant",
  "product_not_received",
  "product_unacceptable",
  "subscription_canceled",
  "unrecognized",
] as const;
const disputeShape = z.strictObject({
  amount: z.int().positive().optional(),
  reason: z.enum(disputeReasons).optional(),
  inquiry: z.boolean().optional(),
});

/** What the world outside does to payments: customers, cardholders, and their banks. */
export function actControls(app: App, desk: { world: StripeWorld }): void {
  const act = (verb: string, run: (intent: Intent, card: string | undefined) => Intent) =>
    app.post(`/stripe/intents/:id/${verb}`, async (c) => {
      const { world } = desk;
      const { card } = await readBody(c, actShape);
      const intent = run(findIntent(world, c.req.param("id")), card);
      await world.books.commit();
      return c.json(intent);
    });

  act("pay", (intent, card = "pm_card_visa") =>
    intent.status === "processing"
      ? settle(desk.world, nobody, intent)
      : confirm(desk.world, nobody, intent, { paymentMethod: card }),
  );
  act("decline", (intent, card = "pm_card_visa_chargeDeclined") =>
    intent.status === "processing"
      ? settle(desk.world, nobody, intent, findCard(card).decline ?? genericDecline)
      : confirm(desk.world, nobody, intent, { paymentMethod: card }),
  );
  act("authenticate", (intent) => authenticate(desk.world, nobody, intent));
  act("fail_authentication", (intent) => failAuthentication(desk.world, nobody, intent));
  refundControls(app, desk);
  disputeControls(app, desk);
}

function refundControls(app: App, desk: { world: StripeWorld }): void {
  app.post("/stripe/refunds/:id/succeed", async (c) => {
    const { world } = desk;
    await readBody(c, emptyShape);
    const refund = findRow(world.books.refunds, c.req.param("id"), "refund");
    const succeeded = succeedRefund(world, nobody, refund);
    await world.books.commit();
    return c.json(succeeded);
  });
  app.post("/stripe/refunds/:id/fail", async (c) => {
    const { world } = desk;
    const { reason } = await readBody(c, failShape);
    const refund = findRow(world.books.refunds, c.req.param("id"), "refund");
    const failed = failRefund(world, nobody, refund, reason);
    await world.books.commit();
    return c.json(failed);
  });
  app.post("/stripe/charges/:id/settle_fee", async (c) => {
    const { world } = desk;
    await readBody(c, emptyShape);
    const charge = settleFee(world, findRow(world.books.charges, c.req.param("id"), "charge"));
    await world.books.commit();
    return c.json(charge);
  });
}

function disputeControls(app: App, desk: { world: StripeWorld }): void {
  app.post("/stripe/intents/:id/dispute", async (c) => {
    const { world } = desk;
    const wish = await readBody(c, disputeShape);
    const intent = findIntent(world, c.req.param("id"));
    const charge = findRow(world.books.charges, intent.latest_charge ?? "", "charge");
    const dispute = openDispute(world, charge, wish);
    await world.books.commit();
    return c.json(dispute);
  });
  const change = (verb: string, run: (dispute: Dispute) => Dispute) =>
    app.post(`/stripe/disputes/:id/${verb}`, async (c) => {
      const { world } = desk;
      await readBody(c, emptyShape);
      const dispute = findRow(world.books.disputes, c.req.param("id"), "dispute");
      const changed = run(dispute);
      await world.books.commit();
      return c.json(changed);
    });
  change("review", (dispute) => reviewDispute(desk.world, nobody, dispute));
  change("escalate", (dispute) => escalateInquiry(desk.world, dispute));
  change("win", (dispute) => closeDispute(desk.world, nobody, dispute, "won"));
  change("lose", (dispute) => closeDispute(desk.world, nobody, dispute, "lost"));
}
