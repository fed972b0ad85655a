import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureLogins } from "../../../scripts/world/local-logins.ts";
import { connect, type Db } from "../../../src/db/connect.ts";
import { setPassword } from "../../../src/ops/access/operators.ts";
import { signIn } from "../../../src/ops/access/sign-in.ts";
import { useDatabase } from "../../support/database.ts";
import { quiet } from "../../support/settings.ts";

const database = useDatabase();
let db: Db;
beforeAll(() => {
  db = connect({ DATABASE_URL: database.url, DATABASE_POOL: 2 }, quiet);
});
afterAll(() => db.destroy());

test("a ready login for each role is made once, and one's own is left alone", async () => {
  const logins = await ensureLogins(database.url);
  expect(logins.map(({ name }) => name)).toEqual(["admin", "operator", "viewer"]);
  for (const { name, password } of logins) {
    expect(await signIn(db, { name, password, caller: "here" })).toMatchObject({
      outcome: "in",
      operator: { name, role: name },
    });
  }
  expect(await ensureLogins(database.url, logins)).toEqual(logins);
  const by = { actor: "cli:ann", reason: "my own" };
  await setPassword(db, "operator", "a password of my own", by);
  const left = await ensureLogins(database.url, logins);
  expect(left.map(({ name }) => name)).toEqual(["admin", "viewer"]);
  const mine = { name: "operator", password: "a password of my own" };
  expect(await signIn(db, { ...mine, caller: "here" })).toMatchObject({ outcome: "in" });
});
