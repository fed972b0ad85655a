import { Hono } from "hono";
import { cors } from "hono/cors";
import type { HttpEnv } from "../faults.ts";
import { answerCall, type Desk, type On, type Route } from "./call.ts";
import { disputeRoutes } from "./dispute-routes.ts";
import { findEndpoint, moveEndpoint, renderEndpoint } from "./endpoints.ts";
import { listEvents, retrieveEvent } from "./event-routes.ts";
import { intentRoutes } from "./intent-routes.ts";
import { renderPage } from "./lists.ts";
import { balanceRoutes } from "./money-routes.ts";
import { unknownRoute } from "./problems.ts";
import { refundRoutes } from "./refund-routes.ts";

const account = {
  object: "account",
  business_profile: { name: "Aurora sandbox" },
  charges_enabled: true,
  country: "GB",
  default_currency: "gbp",
  details_submitted: true,
  payouts_enabled: true,
  type: "standard",
};

/** Stripe's API under /v1, as far as Aurora calls it; every other route is a 404 of Stripe's. */
export function stripeRoutes(desk: Desk): Hono<HttpEnv> {
  const { world } = desk;
  const app = new Hono<HttpEnv>();
  const on: On = (method, path, route, access = "secret") => {
    app.on(method, path, (c) =>
      answerCall(c, desk, { endpoint: `${method} /v1${path}`, route, access }),
    );
  };

  // Browsers call Stripe from any shop's page, so every origin is allowed. Servers name none.
  const open = cors({ origin: "*", exposeHeaders: ["request-id", "stripe-version"], maxAge: 300 });
  app.use((c, next) => (c.req.header("origin") === undefined ? next() : open(c, next)));

  on("GET", "/account", () => {
    return JSON.stringify({ id: world.books.switches.account, ...account });
  });
  intentRoutes(world, on);
  refundRoutes(world, on);
  disputeRoutes(world, on);
  balanceRoutes(world, on);
  on("GET", "/events", ({ form }) => listEvents(world, form));
  on("GET", "/events/:id", ({ id }) => retrieveEvent(world, id));
  on("GET", "/webhook_endpoints", () => {
    const items = world.endpoint ? [renderEndpoint(world.endpoint)] : [];
    return renderPage("/v1/webhook_endpoints", items, false);
  });
  on("POST", "/webhook_endpoints", ({ form }) => moveEndpoint(world, form));
  on("GET", "/webhook_endpoints/:id", ({ id }) => renderEndpoint(findEndpoint(world, id)));

  app.all("*", (c) => {
    const refuse: Route = () => {
      throw unknownRoute(c.req.method, c.req.path);
    };
    const endpoint = `${c.req.method} /v1/*`;
    return answerCall(c, desk, { endpoint, route: refuse, access: "publishable" });
  });
  return app;
}
