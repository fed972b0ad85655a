import { buyer } from "../support/shop-floor.ts";

const product = { name: "Cup", priceMinor: 1, currency: "gbp" };
const movement = { kind: "receive", quantity: 1, reason: "Delivery" };
const order = { contact: buyer, lines: [{ sku: "MUG", quantity: 1 }] };

/** Each operation, and what each principal gets; whoever is not named gets a 401. */
export const matrix: [string, string, unknown, Record<string, number>][] = [
  ["POST", "/v1/orders", order, { secret: 202, publishable: 202, "another shop": 202 }],
  ["GET", "/v1/orders", undefined, { secret: 200, publishable: 403, "another shop": 200 }],
  ...["", "/events"].map((rest): [string, string, unknown, Record<string, number>] => [
    "GET",
    `/v1/orders/{id}${rest}`,
    undefined,
    {
      secret: 200,
      token: 200,
      publishable: 403,
      "another shop": 404,
      "another order's token": 404,
      "a made-up token": 404,
    },
  ]),
  ["PUT", "/v1/products/CUP", product, { secret: 201, publishable: 403, "another shop": 200 }],
  ["GET", "/v1/products", undefined, { secret: 200, publishable: 200, "another shop": 200 }],
  ["GET", "/v1/stock/MUG", undefined, { secret: 200, publishable: 403, "another shop": 200 }],
  [
    "POST",
    "/v1/stock/MUG/movements",
    movement,
    { secret: 201, publishable: 403, "another shop": 201 },
  ],
  ...["GET", "POST"].map((method): [string, string, unknown, Record<string, number>] => [
    method,
    "/v1/orders/{id}/refunds",
    method === "GET" ? undefined : { reason: "damaged" },
    {
      // Nobody has paid it: who may ask is told so.
      secret: method === "GET" ? 200 : 409,
      token: 403,
      publishable: 403,
      "another shop": 404,
      "another order's token": 404,
      "a made-up token": 404,
    },
  ]),
  [
    "POST",
    "/v1/orders/{id}/payment/refresh",
    undefined,
    {
      secret: 200,
      token: 200,
      publishable: 403,
      "another shop": 404,
      "another order's token": 404,
      "a made-up token": 404,
    },
  ],
  [
    "POST",
    "/v1/orders/{id}/cancel",
    undefined,
    {
      secret: 200,
      token: 200,
      publishable: 403,
      "another shop": 404,
      "another order's token": 404,
      "a made-up token": 404,
    },
  ],
];
