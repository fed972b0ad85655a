import type { Context, MiddlewareHandler } from "hono";
import type { Db } from "../db/connect.ts";
import { Refused } from "../errors.ts";
import { glanceAtOrder } from "../orders/find-order.ts";
import { orderTokenPattern } from "../orders/order-token.ts";
import { apiKeyPattern } from "../orders/shops.ts";
import type { ApiEnv, KeyHolder } from "./environment.ts";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Lets only requests with a shop's key pass. */
export function requireKey(kind: "secret" | "any"): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const holder = await holderOf(c, bearerOf(c));
    if (!holder) throw unauthorized();
    c.set("shop", holder.shop);
    if (kind === "secret" && holder.kind !== "secret") throw forbidden();
    c.set("holder", holder);
    await next();
  };
}

/**
 * Finds the order of the address for those who may see it. Whether it is another shop's, the
 * token is wrong or there is none looks the same from outside.
 */
export function orderAccess(db: Db, who: "all" | "shop" = "all"): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const credential = bearerOf(c);
    const isGuest = orderTokenPattern.test(credential);
    const holder = isGuest ? null : await holderOf(c, credential);
    if (!isGuest && !holder) throw unauthorized();
    if (holder) c.set("shop", holder.shop);
    if (holder?.kind === "publishable") throw forbidden();

    const id = c.req.param("id") ?? "";
    const order = uuid.test(id) ? await glanceAtOrder(db, id) : null;
    const isTheirs = holder
      ? order?.shopId === holder.shop.id
      : order !== null && c.get("tokens").matches(credential, order);
    if (!order || !isTheirs) throw new Refused("order_not_found", "There is no such order.");

    if (isGuest && who === "shop") throw forbidden();
    c.set("orderId", order.id);
    c.set("access", { order, isGuest, actor: holder?.actor ?? "guest" });
    // A guest's page may read the answer where the order's shop lets it.
    if (isGuest && c.req.header("origin")) {
      const shop = await c.get("keys").shopOf(order.shopId);
      if (shop) c.set("shop", shop);
    }
    await next();
  };
}

async function holderOf(c: Context<ApiEnv>, credential: string): Promise<KeyHolder | null> {
  return apiKeyPattern.test(credential) ? c.get("keys").holderOf(credential) : null;
}

function bearerOf(c: Context<ApiEnv>): string {
  const found = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "");
  if (!found?.[1]) throw unauthorized();
  return found[1];
}

function unauthorized(): Refused {
  return new Refused("unauthorized", "Send Authorization: Bearer with a valid key or order token.");
}

function forbidden(): Refused {
  return new Refused("forbidden", "Only the shop may do that: use its secret key.");
}
