import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import {
  disableOperator,
  enableOperator,
  setPassword,
  setRole,
} from "../../../src/ops/access/operators.ts";
import type { Role } from "../../../src/ops/access/roles.ts";
import { readSession } from "../../../src/ops/access/sessions.ts";
import { createHints } from "../../../src/queues/hints.ts";
import { connectProducer } from "../../../src/queues/redis.ts";
import { keepHouse } from "../../../src/workers/house-keeping.ts";
import { useApi } from "../../support/api.ts";
import { addTestOperator, password, signInTo } from "../../support/operators.ts";
import { quiet } from "../../support/settings.ts";

const api = useApi();
const by = { actor: "cli:test", reason: "a test" };

const current = "/ops/api/sessions/current";
const see = async (headers: Record<string, string>) => (await api.ask(current, { headers })).status;
const cookieOf = (headers: Headers) => headers.get("set-cookie")?.split(";")[0] ?? "";

function signIn(name: string, headers: Record<string, string> = {}) {
  const body = new URLSearchParams({ name, password }).toString();
  return api.ask("/ops/login", {
    body,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "content-length": String(body.length),
      "sec-fetch-site": "same-origin",
      ...headers,
    },
  });
}

/** Turns the clocks of an operator's sessions back. */
async function age(name: string, column: "expires_at" | "seen_at", by: string): Promise<void> {
  await sql`UPDATE operator_sessions SET ${sql.ref(column)} = now() - ${by}::interval
    WHERE operator = ${name}`.execute(api.db);
}

describe("a session", () => {
  test("is kept as a hash, ends after eight hours, and after one of rest", async () => {
    const { name, headers } = await signInTo(api);
    const row = await api.db
      .selectFrom("operator_sessions")
      .selectAll()
      .where("operator", "=", name)
      .executeTakeFirstOrThrow();
    expect(headers["cookie"]).not.toContain(row.id.toString("base64url"));
    expect(row.id).toHaveLength(32);
    expect((row.expires_at.getTime() - row.created_at.getTime()) / 3_600_000).toBe(8);
    await age(name, "seen_at", "59 minutes");
    expect(await see(headers)).toBe(200);
    await age(name, "seen_at", "61 minutes");
    expect(await see(headers)).toBe(401);
    await age(name, "seen_at", "0 minutes");
    expect(await see(headers)).toBe(200);
    await age(name, "expires_at", "1 second");
    expect(await see(headers)).toBe(401);
  });

  test("is seen to be used, written down at most once a minute", async () => {
    const { name, headers } = await signInTo(api);
    const seenAt = async () =>
      (
        await api.db
          .selectFrom("operator_sessions")
          .select("seen_at")
          .where("operator", "=", name)
          .executeTakeFirstOrThrow()
      ).seen_at.getTime();
    const first = await seenAt();
    await see(headers);
    expect(await seenAt()).toBe(first);
    await age(name, "seen_at", "2 minutes");
    await see(headers);
    expect(await seenAt()).toBeGreaterThan(first);
  });

  test("is a new one at each sign-in, and the browser's former one is over", async () => {
    const name = await addTestOperator(api.db, "viewer");
    const first = cookieOf((await signIn(name)).headers);
    const second = cookieOf((await signIn(name, { cookie: first })).headers);
    expect(second).not.toBe(first);
    expect([await see({ cookie: first }), await see({ cookie: second })]).toEqual([401, 200]);
    const planted = `aurora_ops=${"A".repeat(43)}`;
    const third = cookieOf((await signIn(name, { cookie: planted })).headers);
    expect([await see({ cookie: planted }), await see({ cookie: third })]).toEqual([401, 200]);
  });

  test("is nobody's when it is forged", async () => {
    for (const token of [
      "",
      "x",
      "A".repeat(43),
      "'; DROP TABLE operators --",
      "a".repeat(5_000),
    ]) {
      expect(await readSession(api.db, token)).toBeNull();
      expect(await see({ cookie: `aurora_ops=${encodeURIComponent(token)}` })).toBe(401);
    }
  });

  test("ends on demand, from a page of ours with the session's token only", async () => {
    const { headers } = await signInTo(api);
    const leave = (changes: Record<string, string>) =>
      api.ask("/ops/logout", { method: "POST", headers: { ...headers, ...changes } });
    expect((await leave({ "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await leave({ "x-csrf-token": "x" })).status).toBe(403);
    expect(await see(headers)).toBe(200);
    const answer = await leave({});
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/ops/login"]);
    expect(answer.headers.get("set-cookie")).toMatch(/^aurora_ops=;.*Max-Age=0/);
    expect(await see(headers)).toBe(401);
  });

  test("ends with the password, and when its operator is disabled", async () => {
    const { name, headers } = await signInTo(api);
    await setPassword(api.db, name, "another password", by);
    expect([await see(headers), (await signIn(name)).status]).toEqual([401, 401]);
    await setPassword(api.db, name, password, by);
    const again = { cookie: cookieOf((await signIn(name)).headers) };
    expect(await see(again)).toBe(200);
    await disableOperator(api.db, name, by);
    expect([await see(again), (await signIn(name)).status]).toEqual([401, 401]);
    await enableOperator(api.db, name, by);
    expect([await see(again), (await signIn(name)).status]).toEqual([401, 303]);
  });

  test("has at once the role that its operator is given", async () => {
    const { name, headers } = await signInTo(api, "viewer");
    for (const role of ["admin", "operator", "viewer"] as Role[]) {
      await setRole(api.db, name, role, by);
      expect((await api.ask(current, { headers })).body.operator).toEqual({ name, role });
    }
  });

  test("is cleared away by the sweeper when it is over", async () => {
    const [over, open] = [await signInTo(api), await signInTo(api)];
    await age(over.name, "expires_at", "1 second");
    const { db, settings } = api;
    const hints = createHints(connectProducer(settings, quiet), settings, quiet);
    await keepHouse({ db, settings, hints, log: quiet } as Parameters<typeof keepHouse>[0]);
    await hints.close();
    const left = await api.db
      .selectFrom("operator_sessions")
      .select("operator")
      .where("operator", "in", [over.name, open.name])
      .execute();
    expect(left).toEqual([{ operator: open.name }]);
  });
});

describe("a program's session", () => {
  let name = "";
  beforeAll(async () => {
    name = await addTestOperator(api.db, "operator");
  });
  const post = (json: unknown, headers: Record<string, string> = {}) =>
    api.ask("/ops/api/sessions", { json, headers });

  test("is a bearer token, which needs no page of ours", async () => {
    const answer = await post({ name, password });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("set-cookie")).toBeNull();
    const { token, expiresAt, operator } = answer.body;
    expect(operator).toEqual({ name, role: "operator" });
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 7 * 3_600_000);
    const seen = await api.ask(current, { as: token });
    expect(seen.body).toEqual({ operator, csrf: null });
    expect((await api.ask(current, { as: token, method: "DELETE" })).status).toBe(204);
    expect((await api.ask(current, { as: token })).status).toBe(401);
  });

  test("is never mixed with a cookie: who says Bearer is known by that alone", async () => {
    const { headers } = await signInTo(api);
    expect(await see({ cookie: headers["cookie"] ?? "", authorization: "Bearer x" })).toBe(401);
  });

  test("is refused with a problem that says what to do", async () => {
    expect((await post({ name, password: "wrong" })).body).toMatchObject({
      status: 401,
      detail: "The name or the password is wrong.",
    });
    for (const body of [null, [], {}, { name }, { name, password: 1 }]) {
      expect((await post(body)).status).toBe(422);
    }
    const site = { "sec-fetch-site": "cross-site" };
    expect((await post({ name, password }, site)).status).toBe(422);
    const nobody = await api.ask(current);
    expect(nobody.headers.get("content-type")).toContain("application/problem+json");
    expect(nobody.body).toMatchObject({ type: "/problems/unauthorized", status: 401 });
    expect(nobody.body.detail).toContain("POST /ops/api/sessions");
  });
});
