import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Context, Hono } from "hono";

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");

/** In the order in which they build on each other. */
const sheets = ["elements", "frame", "parts", "order", "acts", "switchboard"] as const;

const styles = sheets.map((name) => read(`./styles/${name}.css`)).join("\n");
const script = read("./ops.js");

/** Addresses change with the content, so that browsers may keep it for ever. */
const address = (name: string, text: string) =>
  `/ops/assets/${name}?v=${createHash("sha256").update(text).digest("hex").slice(0, 12)}`;
export const stylesPath = address("ops.css", styles);
export const scriptPath = address("ops.js", script);

/** All that the pages load: one style sheet and one script, for those who aren't signed in too. */
export function assetRoutes(): Hono {
  const routes = new Hono();
  routes.get("/assets/ops.css", (c) => answer(c, styles, "text/css"));
  routes.get("/assets/ops.js", (c) => answer(c, script, "text/javascript"));
  return routes;
}

function answer(c: Context, text: string, type: string): Response {
  const isVersioned = c.req.query("v") !== undefined;
  const caching = isVersioned ? "public, max-age=31536000, immutable" : "public, max-age=60";
  return c.body(text, 200, {
    "Content-Type": `${type}; charset=utf-8`,
    "Cache-Control": caching,
  });
}
