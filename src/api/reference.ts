import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { html } from "hono/html";
import type { ApiEnv } from "./environment.ts";

const require = createRequire(import.meta.url);

/** What Swagger UI needs; all of it comes from here, so that the page works without internet. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

const assets = [
  {
    path: "/reference/swagger-ui.css",
    type: "text/css; charset=utf-8",
    file: require.resolve("swagger-ui-dist/swagger-ui.css"),
  },
  {
    path: "/reference/swagger-ui-bundle.js",
    type: "text/javascript; charset=utf-8",
    file: require.resolve("swagger-ui-dist/swagger-ui-bundle.js"),
  },
];

const about = {
  openapi: "3.1.0",
  info: {
    title: "Aurora",
    version: "1",
    description: `The order system's API: catalogue, stock, orders from placing to paying, parcels,
refunds, and what other systems are told.

Amounts are whole minor units (pence, cents) with a currency. Every POST takes an
\`Idempotency-Key\`: repeat a request with the same key as often as you like, it is done once.
Faults are problem+json (RFC 9457); their \`type\` leads to a page that says what to do.`,
  },
};

/** The API's description (/openapi.json), made from its routes, and a page to read and try it. */
export function addReference(app: OpenAPIHono<ApiEnv>): void {
  const { openAPIRegistry: registry } = app;
  const bearer = (description: string) =>
    ({ type: "http", scheme: "bearer", description }) as const;
  registry.registerComponent("securitySchemes", "publishableKey", bearer("pk_... for browsers"));
  registry.registerComponent(
    "securitySchemes",
    "secretKey",
    bearer("sk_... for the shop's server"),
  );
  registry.registerComponent("securitySchemes", "orderToken", bearer("the token of one order"));

  let document: object | undefined;
  app.get("/openapi.json", (c) => {
    document ??= app.getOpenAPI31Document(about);
    c.header("Access-Control-Allow-Origin", "*");
    return c.json(document);
  });

  app.get("/reference", (c) => {
    c.header("Content-Security-Policy", policy);
    return c.html(shell);
  });
  app.get("/reference/start.js", (c) =>
    c.body(start, 200, { "Content-Type": "text/javascript; charset=utf-8" }),
  );
  for (const { path, type, file } of assets) {
    app.get(path, async (c) => {
      c.header("Cache-Control", "public, max-age=86400");
      return c.body(await readFile(file), 200, { "Content-Type": type });
    });
  }
}

const shell = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API reference · Aurora</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/reference/swagger-ui.css">
<style>
body { margin: 0; }
.swagger-ui .topbar, .swagger-ui .scheme-container { box-shadow: none; }
.swagger-ui .info { margin: 2rem 0 1rem; }
.swagger-ui .response-col_links { display: none; }
@media (max-width: 40rem) {
  .swagger-ui .wrapper { padding: 0 0.75rem; }
  .swagger-ui .opblock .opblock-summary-description { display: none; }
  .swagger-ui .responses-inner { padding: 0.5rem; overflow-x: auto; }
  .swagger-ui table.responses-table { table-layout: fixed; width: 100%; }
  .swagger-ui .response-col_status { width: 3rem; }
  .swagger-ui .response-col_description { width: auto; }
}
</style>
</head>
<body>
<div id="reference"></div>
<noscript>This page needs JavaScript; <a href="/openapi.json">openapi.json</a> does not.</noscript>
<script src="/reference/swagger-ui-bundle.js"></script>
<script src="/reference/start.js"></script>
</body>
</html>`;

/** A script of its own: the page's policy allows none inside of it. */
const start = `SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;
