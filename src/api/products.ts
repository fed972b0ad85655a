import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { priceFault } from "../currencies.ts";
import { Refused } from "../errors.ts";
import { listProducts, type Product, putProducts } from "../inventory/products.ts";
import { shopCurrencies } from "../orders/shops.ts";
import { requireKey } from "./access.ts";
import { jsonBody } from "./body.ts";
import { answer, anyKey, body, refusals, secretKey } from "./documentation.ts";
import type { ApiEnv, ApiParts } from "./environment.ts";
import { amountMinor, currency, cursor, line, pageLimit, sku } from "./schemas.ts";
import { stockSchema } from "./stock.ts";

const tags = ["Products"];

const newProduct = z
  .strictObject({
    name: line(200).openapi({ example: "White hanging heart" }),
    priceMinor: amountMinor(0).openapi({ example: 255 }),
    currency,
    active: z.boolean("Must be true or false.").default(true),
  })
  .check(({ value: { priceMinor, currency }, issues }) => {
    const message = priceFault(priceMinor, currency)?.message;
    if (message) issues.push({ code: "custom", path: ["priceMinor"], message, input: priceMinor });
  })
  .openapi("NewProduct");

const productSchema = z
  .object({
    sku,
    name: z.string(),
    priceMinor: z.int(),
    currency: z.string(),
    active: z.boolean(),
    updatedAt: z.iso.datetime(),
  })
  .openapi("Product");

const listedProduct = z
  .object({
    sku,
    name: z.string(),
    priceMinor: z.int(),
    currency: z.string(),
    available: z.boolean(),
    active: z.boolean().optional().openapi({ description: "With a secret key." }),
    updatedAt: z.iso.datetime().optional().openapi({ description: "With a secret key." }),
    stock: stockSchema.optional().openapi({ description: "With a secret key." }),
  })
  .openapi("ListedProduct");

const putRoute = createRoute({
  method: "put",
  path: "/v1/products/{sku}",
  tags,
  summary: "Add or replace a product",
  description:
    "The whole chain shares one catalogue. Orders keep the price they were placed at. A price " +
    "that Stripe can't charge, or in a currency that no shop sells in, is refused.",
  security: secretKey,
  request: { params: z.object({ sku }), body: body(newProduct) },
  responses: {
    200: answer("The product was replaced.", productSchema),
    201: answer("The product was added.", productSchema),
    ...refusals(
      "malformed_json",
      "unauthorized",
      "forbidden",
      "not_found",
      "lock_timeout",
      "payload_too_large",
      "unsupported_media_type",
      "invalid_body",
    ),
  },
});

const listRoute = createRoute({
  method: "get",
  path: "/v1/products",
  tags,
  summary: "List products",
  description:
    "By SKU. A publishable key sees what its shop can sell, and whether it is available; a " +
    "secret key sees everything, with its stock.",
  security: anyKey,
  request: {
    query: z.strictObject({
      limit: pageLimit,
      after: sku.optional().openapi({ description: "The nextCursor of the page before." }),
    }),
  },
  responses: {
    200: answer(
      "A page of products.",
      z
        .object({ data: z.array(listedProduct), nextCursor: cursor("Give it as after.") })
        .openapi("ProductPage"),
    ),
    ...refusals("invalid_query", "unauthorized"),
  },
});

/** The catalogue over HTTP. */
export function addProducts(app: OpenAPIHono<ApiEnv>, { db }: ApiParts): void {
  app.openapi({ ...putRoute, middleware: [requireKey("secret"), jsonBody()] }, async (c) => {
    const wanted = { sku: c.req.valid("param").sku, ...c.req.valid("json") };
    const sold = await shopCurrencies(db);
    if (!sold.includes(wanted.currency)) throw unsoldCurrency(wanted.currency, sold);
    const [product] = await putProducts(db, [wanted]);
    if (!product) throw new RangeError("A product that was put gave no row.");
    const { created, ...rest } = product;
    return c.json(productJson(rest), created ? 201 : 200);
  });

  app.openapi({ ...listRoute, middleware: [requireKey("any")] }, async (c) => {
    const { limit, after } = c.req.valid("query");
    const { kind, shop } = c.get("holder");
    const sellableIn = kind === "secret" ? undefined : shop.currency;
    const products = await listProducts(db, { limit, after, sellableIn });
    const data = products.map(({ stock, ...product }) => {
      const { active, updatedAt, ...shown } = productJson(product);
      const available = active && stock.available > 0;
      return kind === "secret"
        ? { ...shown, available, active, updatedAt, stock }
        : { ...shown, available };
    });
    const nextCursor = products.length === limit ? (products.at(-1)?.sku ?? null) : null;
    return c.json({ data, nextCursor }, 200);
  });
}

function unsoldCurrency(currency: string, sold: string[]): Refused {
  const message = `No shop sells in ${currency}, only in ${sold.join(", ")}.`;
  return new Refused("invalid_body", `${message} Make a shop that does before its products.`, [
    { field: "currency", message },
  ]);
}

function productJson({ sku, name, priceMinor, currency, active, updatedAt }: Product) {
  return { sku, name, priceMinor, currency, active, updatedAt: updatedAt.toISOString() };
}
