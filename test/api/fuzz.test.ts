import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { type Answer, useApi } from "../support/api.ts";
import { addProduct, buyer } from "../support/shop-floor.ts";

const api = useApi();
beforeAll(() => addProduct(api, "MUG", { stock: 1_000_000_000 }));

/** Requests of one run go out together: they share batches, and must not spoil each other. */
const together = 20;
const runs = 150;

const nasty = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.constantFrom(
    "\u0000",
    "\ud800",
    "\udfff x",
    "\u202e",
    "'; DROP TABLE orders; --",
    "#{7*7}",
    "{{constructor}}",
    "-1",
    "1e400",
    "NaN",
    "0x10",
    "\ufeff",
    "İ",
    "x".repeat(5_000),
  ),
  fc.double(),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(Number),
  fc.constantFrom(0, -0, 2 ** 31, 2 ** 53, -(2 ** 53), Number.MAX_VALUE),
  fc.constantFrom(null, true, false, [], {}, [[]], [null]),
  fc.jsonValue({ maxDepth: 4 }),
);

const order = {
  contact: { ...buyer, locale: "ru" },
  shippingAddress: { line1: "12 Mill Lane", city: "Cambridge", country: "GB" },
  lines: [
    { sku: "MUG", quantity: 1 },
    { sku: "mug", quantity: 2 },
  ],
  adjustments: [{ kind: "shipping", name: "Parcel", amountMinor: 300 }],
  customerRef: "c-1",
  currency: "gbp",
};

/** A value in which some things, at any depth, are replaced, added or taken away. */
function spoiled(value: unknown): fc.Arbitrary<unknown> {
  return fc
    .array(fc.tuple(fc.nat(), nasty, fc.constantFrom("replace", "add", "remove")), {
      minLength: 1,
      maxLength: 3,
    })
    .map((changes) => {
      const copy = structuredClone({ value });
      for (const [at, what, how] of changes) spoil(copy, at, what, how);
      return copy.value ?? null;
    });
}

function spoil(root: object, at: number, what: unknown, how: string): void {
  const places: [Record<string, unknown>, string][] = [];
  const walk = (holder: Record<string, unknown>) => {
    for (const key of Object.keys(holder)) {
      places.push([holder, key]);
      const inner = holder[key];
      if (typeof inner === "object" && inner !== null) walk(inner as Record<string, unknown>);
    }
  };
  walk(root as Record<string, unknown>);
  const [holder, key] = places[at % places.length] ?? [{}, "nothing is left"];
  if (how === "remove") delete holder[key];
  else holder[how === "add" && typeof what === "string" ? what : key] = structuredClone(what);
}

async function allAnswer<Input>(
  inputs: fc.Arbitrary<Input>,
  ask: (input: Input) => Promise<Answer>,
): Promise<void> {
  const seen = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(inputs, { minLength: together, maxLength: together }),
      async (all) => {
        const answers = await Promise.all(all.map(ask));
        answers.forEach(({ status, headers, body }, index) => {
          seen.set(status, (seen.get(status) ?? 0) + 1);
          const problem = `${JSON.stringify(all[index])} gave ${status} ${JSON.stringify(body)}`;
          expect(status, problem).toBeLessThan(500);
          if (status < 400) return;
          expect(headers.get("content-type"), problem).toBe("application/problem+json");
          expect(body.type, problem).toMatch(/^\/problems\/[a-z_]+$/);
          expect(body.status, problem).toBe(status);
        });
      },
    ),
    { numRuns: runs },
  );
  expect([...seen.values()].reduce((sum, count) => sum + count, 0)).toBe(runs * together);
  expect([...seen.keys()].some((status) => status >= 400)).toBe(true);
}

test("no body of an order gives a 500", { timeout: 120_000 }, async () => {
  await allAnswer(fc.oneof(spoiled(order), fc.jsonValue(), fc.constant(order)), (json) =>
    api.ask("/v1/orders", { as: api.secretKey, json }),
  );
});

test("no bytes for a body give a 500", { timeout: 120_000 }, async () => {
  const text = JSON.stringify(order);
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .tuple(fc.nat(text.length), fc.uint8Array({ minLength: 1, maxLength: 4 }))
      .map(([at, put]) =>
        Buffer.concat([Buffer.from(text.slice(0, at)), put, Buffer.from(text.slice(at))]),
      ),
  );
  await allAnswer(bytes, (body) =>
    api.ask("/v1/orders", {
      as: api.secretKey,
      body: new Uint8Array(body),
      headers: { "content-type": "application/json" },
    }),
  );
});

function textOf(value: unknown, longest: number): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.toWellFormed().slice(0, longest).toWellFormed();
}

test("no address, query or header gives a 500", { timeout: 120_000 }, async () => {
  const text = nasty.map((value) => textOf(value, 300));
  const odd = fc.record({ text, other: text, at: fc.nat(6) });
  await allAnswer(odd, ({ text, other, at }) => {
    const [first, second] = [encodeURIComponent(text), encodeURIComponent(other)];
    const as = api.secretKey;
    const asks = [
      () => api.ask(`/v1/orders/${first || "-"}`, { as }),
      () => api.ask(`/v1/orders?email=${first}&after=${second}`, { as }),
      () => api.ask(`/v1/orders?from=${first}&${second}=1`, { as }),
      () => api.ask(`/v1/products?after=${first}&limit=${second}`, { as }),
      () => api.ask(`/v1/stock/${first || "-"}`, { as }),
      () => api.ask("/v1/orders", { as: first.slice(0, 60) || "-" }),
      () => api.ask(`/problems/${first || "-"}`),
    ];
    return asks[at]?.() ?? asks[0]!();
  });
});

test("no product and no movement gives a 500", { timeout: 120_000 }, async () => {
  const product = { name: "Mug", priceMinor: 1, currency: "gbp", active: true };
  const movement = { kind: "adjust", quantity: 1, reason: "Counted" };
  const odd = fc.tuple(spoiled(product), spoiled(movement), fc.boolean(), nasty);
  await allAnswer(odd, ([oddProduct, oddMovement, isProduct, name]) => {
    const sku = encodeURIComponent(textOf(name, 100)) || "ODD";
    return isProduct
      ? api.ask(`/v1/products/${sku}`, { method: "PUT", as: api.secretKey, json: oddProduct })
      : api.ask("/v1/stock/MUG/movements", { as: api.secretKey, json: oddMovement });
  });
});

test("every name that people have comes back as it was given", { timeout: 60_000 }, async () => {
  const name = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 60 })
    .map((text) => text.trim())
    .filter((text) => text !== "" && text.length <= 200 && !/\p{Cc}/u.test(text));
  await fc.assert(
    fc.asyncProperty(name, async (given) => {
      const json = { ...order, contact: { ...order.contact, name: given } };
      const placed = await api.ask("/v1/orders", { as: api.secretKey, json, key: randomUUID() });
      expect(placed.body.contact?.name, JSON.stringify(placed.body)).toBe(given);
      const read = await api.ask(`/v1/orders/${placed.body.id}`, { as: api.secretKey });
      expect(read.body.contact.name).toBe(given);
    }),
    { numRuns: 100 },
  );
});
