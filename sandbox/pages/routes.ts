import { type Context, Hono } from "hono";
import { csrf } from "hono/csrf";
import { html } from "hono/html";
import type { HttpEnv } from "../faults.ts";
import type { Intent } from "../stripe/objects.ts";
import { Problem } from "../stripe/problems.ts";
import type { StripeWorld } from "../stripe/world.ts";
import { perform } from "./acts.ts";
import { homePage } from "./home.ts";
import { page, payScript, stylesheet } from "./layout.ts";
import { mailPage, mailsPage } from "./mail.ts";
import { payPage } from "./pay.ts";
import { paymentPage, paymentsPage } from "./payments.ts";
import { textsPage } from "./sms.ts";

/** The pages for people: payments to act on, inboxes to read, and a shop's page to pay on. */
export function pageRoutes(world: StripeWorld, auroraUrl: string): Hono<HttpEnv> {
  const { books } = world;
  const app = new Hono<HttpEnv>();
  const policy =
    `default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src data:; ` +
    `connect-src 'self' ${auroraUrl}; frame-src 'self'; form-action *; base-uri 'none'`;
  app.use(csrf(), async (c, next) => {
    await next();
    c.header("content-security-policy", policy);
    c.header("cache-control", "no-store");
  });

  app.get("/", (c) => c.html(homePage(world, auroraUrl)));
  app.get("/sandbox.css", (c) => c.body(stylesheet, 200, { "content-type": "text/css" }));
  app.get("/pay.js", (c) => c.body(payScript, 200, { "content-type": "text/javascript" }));
  app.get("/pay", (c) => c.html(payPage(auroraUrl)));
  app.get("/payments", (c) => c.html(paymentsPage(world, c.req.query("page"))));
  app.get("/payments/:id", (c) => {
    const intent = books.intents.get(c.req.param("id"));
    return intent ? c.html(paymentPage(world, intent)) : nothingHere(c);
  });
  app.post("/payments/:id", async (c) => {
    const intent = books.intents.get(c.req.param("id"));
    if (intent === undefined) return nothingHere(c);
    const { act } = await c.req.parseBody();
    return c.redirect(await actOn(world, intent, String(act)), 303);
  });
  app.get("/inbox/mail", (c) => c.html(mailsPage(books, c.req.query("page"))));
  app.get("/inbox/mail/:id", (c) => {
    const mail = books.mails.get(c.req.param("id"));
    return mail ? c.html(mailPage(mail)) : nothingHere(c);
  });
  app.get("/inbox/sms", (c) => c.html(textsPage(books, world.now(), c.req.query("page"))));
  app.all("*", (c) => nothingHere(c));
  return app;
}

/** What a button does, and where the reader is led afterwards. */
async function actOn(world: StripeWorld, intent: Intent, act: string): Promise<string> {
  const here = `/payments/${intent.id}`;
  try {
    const changed = perform(world, intent, act);
    await world.books.commit();
    const returnUrl = intent.next_action?.redirect_to_url.return_url;
    if (!returnUrl || changed.status === "requires_action") return here;
    return returnTo(returnUrl, changed);
  } catch (error) {
    // Somebody was first, or the button is stale: the payment's page shows how it stands now.
    if (error instanceof Problem) return here;
    throw error;
  }
}

/** The shop's own page, told as Stripe tells it how the question to the cardholder ended. */
function returnTo(returnUrl: string, intent: Intent): string {
  const url = new URL(returnUrl);
  url.searchParams.set("payment_intent", intent.id);
  url.searchParams.set("redirect_status", intent.status === "succeeded" ? "succeeded" : "failed");
  return url.href;
}

function nothingHere(c: Context<HttpEnv>) {
  const content = html`<h1>Nothing here</h1><p>Perhaps the books were reset since.</p>`;
  return c.html(page("Nothing here", c.req.path, content), 404);
}
