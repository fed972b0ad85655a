import type { Hono } from "hono";
import { z } from "zod";
import type { Books } from "./books.ts";
import type { HttpEnv } from "./faults.ts";
import { readBody } from "./read-body.ts";
import type { Arrivals } from "./sendgrid/arrivals.ts";

const fateShape = z.strictObject({
  fate: z.enum(["delivered", "deferred", "bounce", "dropped", "spamreport"]).optional(),
  to: z.string().nullable().default(null),
});
const lostShape = z.strictObject({
  on: z.boolean().default(false),
  to: z.string().nullable().default(null),
});

const plainText = { "content-type": "text/plain; charset=utf-8" };

export type MessageDesk = { books: Books; arrivals: Arrivals };

/** The mails and text messages that were taken, and what becomes of them afterwards. */
export function messageControls(app: Hono<HttpEnv>, desk: MessageDesk): void {
  const { books } = desk;
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
  app.get("/mail/arrivals", (c) => c.body(desk.arrivals.follow(), 200, plainText));
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
  app.post("/sendgrid/fate", async (c) => {
    const { fate, to } = await readBody(c, fateShape);
    const switches = books.turn({ mailFate: fate === undefined ? null : { fate, to } });
    await books.commit();
    return c.json(switches);
  });
  app.post("/twilio/lost", async (c) => {
    const { on, to } = await readBody(c, lostShape);
    const switches = books.turn({ smsLost: on ? { to } : null });
    await books.commit();
    return c.json(switches);
  });
}
