import { connect, type Db } from "../../src/db/connect.ts";
import { createLog } from "../../src/log.ts";
import { addOperator } from "../../src/ops/access/operators.ts";
import type { Role } from "../../src/ops/access/roles.ts";
import type { TestApi } from "./api.ts";

export const password = "a long password";

/** An operator at a browser: `headers` make a request of theirs, also one that changes things. */
export type AtBrowser = { name: string; csrf: string; headers: Record<string, string> };

let count = 0;

/** Makes an operator of that role; the password is the same for all. */
export async function addTestOperator(db: Db, role: Role, name = `${role}-${++count}`) {
  const by = { actor: "cli:test", reason: "for a test" };
  await addOperator(db, { name, role, password }, by);
  return name;
}

/** A new operator of that role, signed in to an API in the test's own process. */
export async function signInTo(api: TestApi, role: Role = "admin"): Promise<AtBrowser> {
  const name = await addTestOperator(api.db, role);
  return await atBrowser(name, "http://api.test", api.fetch);
}

/** A new operator of that role, signed in to a world. */
export async function signInAt(
  world: { apiUrl: string; databaseUrl: string },
  role: Role = "admin",
): Promise<AtBrowser> {
  const log = createLog("test", { level: "warn", format: "pretty" });
  const db = connect({ DATABASE_URL: world.databaseUrl, DATABASE_POOL: 1 }, log);
  const name = await addTestOperator(db, role).finally(() => db.destroy());
  return await atBrowser(name, world.apiUrl, (request) => fetch(request));
}

async function atBrowser(
  name: string,
  url: string,
  ask: (request: Request) => Promise<Response>,
): Promise<AtBrowser> {
  const body = new URLSearchParams({ name, password }).toString();
  const answer = await ask(
    new Request(`${url}/ops/login`, {
      method: "POST",
      redirect: "manual",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "content-length": String(body.length),
        "sec-fetch-site": "same-origin",
      },
      body,
    }),
  );
  const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
  if (answer.status !== 303) throw new Error(`${name} is not signed in: ${answer.status}`);
  const current = await ask(
    new Request(`${url}/ops/api/sessions/current`, { headers: { cookie } }),
  );
  const { csrf } = (await current.json()) as { csrf: string };
  const headers = { cookie, "sec-fetch-site": "same-origin", "x-csrf-token": csrf };
  return { name, csrf, headers };
}
