import { describe, expect, test } from "vitest";
import { useApi } from "../support/api.ts";

const api = useApi();

type Operation = {
  summary?: string;
  security?: unknown[];
  parameters?: { name: string; in: string; required?: boolean }[];
  responses: Record<string, { description: string; content?: object }>;
};

async function operations(): Promise<[string, Operation][]> {
  const { body } = await api.ask("/openapi.json");
  return Object.entries<Record<string, Operation>>(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method} ${path}`,
      operation,
    ]),
  );
}

describe("the API's description", () => {
  test("is OpenAPI 3.1 and names every route with what it answers", async () => {
    const { body } = await api.ask("/openapi.json");
    expect(body.openapi).toBe("3.1.0");
    const all = await operations();
    expect(all.length).toBeGreaterThanOrEqual(10);
    for (const [name, { summary, responses }] of all) {
      expect(summary, name).toMatch(/\w/);
      expect(Object.keys(responses), name).toContain("503");
      expect(
        Object.keys(responses).some((status) => status.startsWith("2")),
        name,
      ).toBe(true);
    }
  });

  test("says which requests need a key, and that posts need an Idempotency-Key", async () => {
    for (const [name, { security, parameters = [] }] of await operations()) {
      const isWebhook = name.includes("webhooks");
      expect((security ?? []).length > 0, name).toBe(!isWebhook);
      const keys = parameters.filter((each) => each.name === "idempotency-key");
      expect(keys.length, name).toBe(name.startsWith("post") && !isWebhook ? 1 : 0);
      for (const key of keys) expect(key).toMatchObject({ in: "header", required: true });
    }
  });

  test("names what may be wrong with a body wherever one is sent", async () => {
    for (const [name, operation] of await operations()) {
      if (!("requestBody" in operation)) continue;
      expect(Object.keys(operation.responses), name).toEqual(
        expect.arrayContaining(["400", "409", "413", "415", "422"]),
      );
    }
  });

  test("resolves every reference within itself", async () => {
    const { body } = await api.ask("/openapi.json");
    const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, at]) => at!,
    );
    expect(references.length).toBeGreaterThan(0);
    for (const reference of references) {
      const found = reference
        .split("/")
        .reduce<Record<string, unknown> | undefined>(
          (at, step) => at?.[step] as Record<string, unknown> | undefined,
          body,
        );
      expect(found, reference).toBeDefined();
    }
  });
});

describe("its page", () => {
  test("is complete without internet: everything that it loads comes from here", async () => {
    const page = await api.ask("/reference");
    expect(page.status).toBe(200);
    const loaded = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!);
    expect(loaded).toContain("/reference/swagger-ui-bundle.js");
    for (const url of loaded.filter((url) => !url.startsWith("data:"))) {
      expect(url).toMatch(/^\//);
      const asset = await api.ask(url);
      expect([url, asset.status]).toEqual([url, 200]);
    }
    const policy = page.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("http");
  });
});

test("every problem has a page that says what to do, and the front door leads there", async () => {
  const door = await api.ask("/");
  const links = [...door.body.matchAll(/<a href="([^"]+)"/g)].map(([, url]) => url!);
  expect(links).toEqual(["/reference", "/openapi.json", "/problems", "/ops", "/readyz"]);
  const list = await api.ask("/problems");
  const pages = [...list.body.matchAll(/href="(\/problems\/\w+)"/g)].map(([, url]) => url!);
  expect(pages.length).toBeGreaterThan(20);
  for (const url of pages) expect([url, (await api.ask(url)).status]).toEqual([url, 200]);
  expect((await api.ask("/problems/none")).status).toBe(404);
});
