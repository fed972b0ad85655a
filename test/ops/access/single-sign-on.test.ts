import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import type { Authenticate, OpsEnv } from "../../../src/ops/access/authenticate.ts";
import { csrfField } from "../../../src/ops/access/csrf.ts";
import { guard } from "../../../src/ops/access/guard.ts";
import { requireRole } from "../../../src/ops/access/require-role.ts";
import { type Role, roles } from "../../../src/ops/access/roles.ts";
import { useApi } from "../../support/api.ts";
import { quiet } from "../../support/settings.ts";

const api = useApi();

/** A chain's own sign-on, which knows people by a header that its proxy sets. */
const byProxy: Authenticate = async (c) => {
  const [name, role] = (c.req.header("x-chain-person") ?? "").split(" as ");
  return name && role ? { name, role: role as Role } : null;
};

function site(): Hono {
  const ops = new Hono<OpsEnv>();
  const serverKey = Buffer.alloc(32).toString("base64");
  guard(ops, { db: api.db, log: quiet, trustProxy: false, serverKey, authenticate: byProxy });
  ops.get("/form", (c) => c.html(csrfField(c)));
  for (const role of roles) {
    ops.all(`/${role}`, requireRole(role), (c) => c.json(c.get("operator")));
    ops.all(`/api/${role}`, requireRole(role), (c) => c.json(c.get("operator")));
  }
  return new Hono().route("/ops", ops);
}

const own = { "sec-fetch-site": "same-origin" };

function ask(path: string, init: { method?: string; headers?: Record<string, string> } = {}) {
  return site().request(`http://ops.test/ops${path}`, init);
}

describe("a chain's single sign-on", () => {
  test("takes the place of Aurora's sessions, and of nothing else", async () => {
    const headers = { "x-chain-person": "eve as operator" };
    const seen = await ask("/operator", { headers });
    expect(await seen.json()).toEqual({ name: "eve", role: "operator" });
    expect((await ask("/admin", { headers })).status).toBe(403);
    expect((await ask("/operator")).status).toBe(401);
    // Aurora's own cookie says nothing there.
    expect((await ask("/operator", { headers: { cookie: "aurora_ops=x" } })).status).toBe(401);
  });

  test("has its forms checked all the same, each person's by a token of their own", async () => {
    const tokenOf = async (person: string) => {
      const page = await ask("/form", { headers: { "x-chain-person": person } });
      return /value="([\w-]{43})"/.exec(await page.text())?.[1] ?? "";
    };
    const [eve, bob] = [await tokenOf("eve as operator"), await tokenOf("bob as operator")];
    expect(eve).not.toBe(bob);
    const post = (token: string, more: Record<string, string> = own) =>
      ask("/operator", {
        method: "POST",
        headers: { "x-chain-person": "eve as operator", "x-csrf-token": token, ...more },
      });
    expect((await post(eve)).status).toBe(200);
    expect((await post(bob)).status).toBe(403);
    expect((await post("")).status).toBe(403);
    expect((await post(eve, { "sec-fetch-site": "cross-site" })).status).toBe(403);
  });
});

describe.each(roles)("a %s", (role) => {
  const person = { "x-chain-person": `eve as ${role}` };

  test.each(roles)("is let in where %s is needed, if that is not more", async (least) => {
    const isEnough = roles.indexOf(role) >= roles.indexOf(least);
    const program = await ask(`/api/${least}`, { headers: { ...person, accept: "text/html" } });
    expect(program.status).toBe(isEnough ? 200 : 403);
    const people = await ask(`/${least}`, { headers: { ...person, accept: "text/html" } });
    expect(people.status).toBe(isEnough ? 200 : 403);
    if (isEnough) return;
    expect(await program.json()).toMatchObject({
      type: "/problems/forbidden",
      code: "role_too_low",
      detail: expect.stringContaining(`takes the role ${least}, and eve is ${role}`),
    });
    expect(await people.text()).toContain("<h1>Your role may not do that</h1>");
  });
});

describe("a form", () => {
  const person = { "x-chain-person": "eve as admin" };
  const token = async () =>
    /value="([\w-]{43})"/.exec(await (await ask("/form", { headers: person })).text())?.[1] ?? "";
  const send = (type: string, body: string) =>
    site().request("http://ops.test/ops/admin", {
      method: "POST",
      headers: { ...person, ...own, "content-type": type },
      body,
    });

  test("carries the token in a field of its own, whatever its encoding", async () => {
    const csrf = await token();
    const urlencoded = "application/x-www-form-urlencoded";
    expect((await send(urlencoded, `a=1&csrf=${csrf}`)).status).toBe(200);
    const boundary = "----FormBoundary7MA4YWxkTrZu0gW";
    const named = 'Content-Disposition: form-data; name="csrf"';
    const part = [`--${boundary}`, named, "", csrf, `--${boundary}--`, ""].join("\r\n");
    expect((await send(`multipart/form-data; boundary=${boundary}`, part)).status).toBe(200);
    for (const [type, body] of [
      [urlencoded, "a=1"],
      [urlencoded, `csrf=${csrf}x`],
      [urlencoded, `csrf[]=${csrf}`],
      ["multipart/form-data", part],
      ["application/json", JSON.stringify({ csrf })],
      ["text/plain", `csrf=${csrf}`],
    ] as const) {
      expect([type, body.length, (await send(type, body)).status]).toEqual([
        type,
        body.length,
        403,
      ]);
    }
  });

  test("is no longer than a form can be", async () => {
    const form = `csrf=${await token()}&a=${"x".repeat(300_000)}`;
    expect((await send("application/x-www-form-urlencoded", form)).status).toBe(413);
  });
});
