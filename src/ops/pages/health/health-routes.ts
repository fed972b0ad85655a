import { Hono } from "hono";
import type { OpsEnv } from "../../access/authenticate.ts";
import { maskText } from "../../access/mask.ts";
import { may } from "../../access/roles.ts";
import type { PageParts } from "../../app.ts";
import { healthPage } from "./health-page.ts";
import { readHealth } from "./read-health.ts";

/** How Aurora itself is. */
export function healthPages({ db, isRedisReady, show }: PageParts): Hono<OpsEnv> {
  const pages = new Hono<OpsEnv>();
  pages.get("/", async (c) => {
    const health = await readHealth(db, isRedisReady());
    const shown = may(c.get("operator"), "operator") ? (text: string) => text : maskText;
    return show(c, { title: "Health", current: "health", content: healthPage(health, shown) });
  });
  return pages;
}
