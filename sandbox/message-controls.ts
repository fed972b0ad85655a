import type { Hono } from "hono";
import { z } from "zod";
import type { Books } from "./books.ts";
import type { HttpEnv } from "./faults.ts";
import { readBody } from "./read-body.ts";

const fateShape = z.strictObject({
  fate: z.enum(["delivered", "deferred", "bounce", "dropped", "spamreport"]).optional(),
  to: z.string().nullable().default(null),
});
const lostShape = z.strictObject({
  on: z.boolean().default(false),
  to: z.string().nullable().default(null),
});

/** What becomes of mails and text messages after they were taken. */
export function messageControls(app: Hono<HttpEnv>, { books }: { books: Books }): void {
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
