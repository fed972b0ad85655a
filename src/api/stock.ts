import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { inTransaction } from "../db/transaction.ts";
import { Refused } from "../errors.ts";
import { fingerprints } from "../fingerprint.ts";
import { moveStockOnce } from "../inventory/movements.ts";
import { findStock } from "../inventory/stock-level.ts";
import { requireKey } from "./access.ts";
import { jsonBody } from "./body.ts";
import { answer, body, refusals, secretKey } from "./documentation.ts";
import type { ApiEnv, ApiParts } from "./environment.ts";
import { patiently } from "./patiently.ts";
import { idempotencyHeaders, line, sku } from "./schemas.ts";

const tags = ["Stock"];
const mostMoved = 1_000_000_000;

export const stockSchema = z
  .object({
    sku,
    location: z.string().openapi({ example: "main" }),
    onHand: z.int(),
    reserved: z.int(),
    safety: z.int(),
    available: z.int(),
  })
  .openapi("Stock");

const movement = z
  .strictObject({
    kind: z.enum(["receive", "adjust"], "Must be receive or adjust."),
    quantity: z
      .int("Must be a whole number.")
      .min(-mostMoved, `Must be at least -${mostMoved}.`)
      .max(mostMoved, `Must be at most ${mostMoved}.`)
      .refine((quantity) => quantity !== 0, "Must not be zero.")
      .openapi({ example: 100 }),
    reason: line(200).openapi({ example: "Delivery note 4711" }),
  })
  .refine(({ kind, quantity }) => kind === "adjust" || quantity > 0, {
    path: ["quantity"],
    message: "Must be above zero; to take goods away, use adjust.",
  })
  .openapi("StockMovement");

const readRoute = createRoute({
  method: "get",
  path: "/v1/stock/{sku}",
  tags,
  summary: "Read a product's stock",
  security: secretKey,
  request: { params: z.object({ sku }) },
  responses: {
    200: answer("How it stands.", stockSchema),
    ...refusals("unauthorized", "forbidden", "product_not_found"),
  },
});

const moveRoute = createRoute({
  method: "post",
  path: "/v1/stock/{sku}/movements",
  tags,
  summary: "Receive or adjust stock",
  description: "An adjustment that would take what orders hold is refused, and names the orders.",
  security: secretKey,
  request: { params: z.object({ sku }), headers: idempotencyHeaders, body: body(movement) },
  responses: {
    201: answer("How the stock stands now.", stockSchema),
    ...refusals(
      "malformed_json",
      "invalid_header",
      "unauthorized",
      "forbidden",
      "product_not_found",
      "lock_timeout",
      "stock_is_held",
      "not_enough_on_hand",
      "stock_out_of_range",
      "payload_too_large",
      "unsupported_media_type",
      "invalid_body",
      "idempotency_key_reused",
    ),
  },
});

/** Stock over HTTP. */
export function addStock(app: OpenAPIHono<ApiEnv>, { db, serverKey }: ApiParts): void {
  const fingerprint = fingerprints(serverKey);

  app.openapi({ ...readRoute, middleware: [requireKey("secret")] }, async (c) => {
    const { sku } = c.req.valid("param");
    const stock = await findStock(db, sku);
    if (!stock) throw new Refused("product_not_found", `There is no product "${sku}".`);
    return c.json(stock, 200);
  });

  app.openapi({ ...moveRoute, middleware: [requireKey("secret"), jsonBody()] }, async (c) => {
    const movement = { sku: c.req.valid("param").sku, ...c.req.valid("json") };
    const { shop, actor } = c.get("holder");
    const keyed = {
      ...movement,
      actor,
      shopId: shop.id,
      idempotencyKey: c.req.valid("header")["idempotency-key"],
      fingerprint: fingerprint(movement),
    };
    const { stock, replayed } = await patiently(() =>
      inTransaction(db, (trx) => moveStockOnce(trx, keyed)),
    );
    if (replayed) c.header("Idempotent-Replayed", "true");
    return c.json(stock, 201);
  });
}
