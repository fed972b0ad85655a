import fc from "fast-check";
import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { useApi } from "../../support/api.ts";
import { addTestOperator, password as right } from "../../support/operators.ts";

const api = useApi();
beforeAll(async () => {
  await addTestOperator(api.db, "admin", "ann");
});

type Form = { name?: string; password?: string; headers?: Record<string, string>; next?: string };

function signIn({ name = "ann", password = right, headers, next }: Form = {}) {
  const query = next === undefined ? "" : `?next=${encodeURIComponent(next)}`;
  return api.ask(`/ops/login${query}`, {
    body: new URLSearchParams({ name, password }).toString(),
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "content-length": "60",
      "sec-fetch-site": "same-origin",
      ...headers,
    },
  });
}

const page = { accept: "text/html" };
const cookieOf = (headers: Headers) => headers.get("set-cookie")?.split(";")[0] ?? "";

describe("the operators' login", () => {
  test("opens a session that scripts can't read and other sites can't use", async () => {
    const answer = await signIn();
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/ops"]);
    const cookie = answer.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^aurora_ops=/);
    for (const part of ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=28800"]) {
      expect(cookie).toContain(part);
    }
    const inside = await api.ask("/ops", { headers: { cookie: cookieOf(answer.headers) } });
    expect([inside.status, inside.body.includes("Signed in as ann")]).toEqual([200, true]);
  });

  test("gives a __Host- cookie over HTTPS", async () => {
    const answer = await signIn({ headers: { "x-forwarded-proto": "https" } });
    expect(answer.headers.get("set-cookie")).toMatch(/^__Host-aurora_ops=.*Secure/);
    expect(answer.headers.get("strict-transport-security")).toContain("max-age");
    const headers = { cookie: cookieOf(answer.headers), "x-forwarded-proto": "https" };
    expect((await api.ask("/ops", { headers })).status).toBe(200);
  });

  test("leads back to the page that was wanted, never to another site", async () => {
    const away = await api.ask("/ops/queues/queue/payment", { headers: page });
    expect(away.headers.get("location")).toBe("/ops/login?next=%2Fops%2Fqueues%2Fqueue%2Fpayment");
    for (const next of ["/ops/queues/queue/payment", "/ops/search?q=ann%40shop.example", "/ops"]) {
      expect((await signIn({ next })).headers.get("location")).toBe(next);
    }
    for (const next of [
      "https://evil.example",
      "//evil.example",
      "/ops//evil",
      "/v1",
      "/ops/\\evil",
      "/opsevil",
      "/ops/login?next=/ops/login",
    ]) {
      expect((await signIn({ next })).headers.get("location")).toBe("/ops");
    }
  });

  test("refuses a wrong password in words that tell nothing", async () => {
    for (const wrong of [{ password: "wrong" }, { name: "<script>bob" }]) {
      const answer = await signIn({ ...wrong, headers: { "x-forwarded-for": "9.9.9.9" } });
      expect([answer.status, answer.headers.get("set-cookie")]).toEqual([401, null]);
      expect(answer.body).toContain("The name or the password is wrong.");
      expect(answer.body).not.toContain("bob");
    }
  });

  test("makes who guesses wait, and nobody else", async () => {
    const guess = () => signIn({ password: "x", headers: { "x-forwarded-for": "1.2.3.4" } });
    for (let tries = 0; tries < 5; tries++) expect((await guess()).status).toBe(401);
    const answer = await guess();
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "1"]);
    expect((await signIn({ headers: { "x-forwarded-for": "5.6.7.8" } })).status).toBe(303);
  });

  test("lets the operator in, a little later, while many addresses guess", async () => {
    const guess = (nth: number) =>
      signIn({ name: "nobody", headers: { "x-forwarded-for": `10.0.0.${nth}` } });
    expect((await guess(0)).status).toBe(401);
    // As if each of them had guessed often before: their passwords are not looked at.
    await sql`UPDATE sign_in_failures SET locked_until = now() + interval '1 hour'`.execute(api.db);
    const guesses = await Promise.all(Array.from({ length: 59 }, (_, nth) => guess(nth + 1)));
    expect(new Set(guesses.map(({ status }) => status))).toEqual(new Set([429]));
    expect(guesses[0]?.body).toContain("Too many wrong passwords from where you are.");
    await sql`DELETE FROM sign_in_failures`.execute(api.db);
    const startedAt = performance.now();
    expect((await signIn({ headers: { "x-forwarded-for": "5.6.7.8" } })).status).toBe(303);
    expect(performance.now() - startedAt).toBeGreaterThan(200);
  });

  test("takes a form from its own page only", async () => {
    const strangers = [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "none" },
    ];
    for (const headers of strangers) expect((await signIn({ headers })).status).toBe(403);
    expect((await signIn({ headers: { "content-length": "5000" } })).status).toBe(413);
    const multipart = { "content-type": "multipart/form-data" };
    expect((await signIn({ headers: multipart })).status).toBe(415);
  });

  test("stands before everything but itself", async () => {
    for (const path of ["/ops", "/ops/queues", "/ops/queues/api/queues", "/ops/anything"]) {
      const asPage = await api.ask(path, { headers: page });
      expect([asPage.status, asPage.headers.get("location")?.startsWith("/ops/login")]).toEqual([
        303,
        true,
      ]);
      expect((await api.ask(path)).status).toBe(401);
    }
    expect((await api.ask("/ops/login")).status).toBe(200);
  });
});

test("no form of the login gives a 500", { timeout: 120_000 }, async () => {
  const form = "application/x-www-form-urlencoded";
  const multipart = "multipart/form-data";
  const types = fc.constantFrom(form, multipart, `${multipart}; boundary=x`, "text/plain", "");
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.constant(Buffer.from("--x\r\n\r\n")),
  );
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(types, bodies, async (type, body) => {
      const { status } = await api.ask("/ops/login", {
        body: new Uint8Array(body),
        headers: {
          "content-type": type,
          "content-length": String(body.length),
          "sec-fetch-site": "same-origin",
          "x-forwarded-for": "7.7.7.7",
        },
      });
      seen.add(status);
    }),
    { numRuns: 150 },
  );
  expect([...seen].sort()).toEqual([401, 415, 429]);
});
