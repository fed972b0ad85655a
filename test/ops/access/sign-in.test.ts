import { createHook } from "node:async_hooks";
import { sql } from "kysely";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { setPassword } from "../../../src/ops/access/operators.ts";
import { hashPassword, isPassword } from "../../../src/ops/access/passwords.ts";
import { signIn } from "../../../src/ops/access/sign-in.ts";
import { useApi } from "../../support/api.ts";
import { addTestOperator, password } from "../../support/operators.ts";

const api = useApi();
let name = "";
beforeAll(async () => {
  name = await addTestOperator(api.db, "operator");
});

/** For how long an attempt was made to wait; nobody waits for it here. */
const waits: number[] = [];
const wait = async (ms: number) => void waits.push(ms);

const say = (said: Partial<{ name: string; password: string; caller: string }> = {}) =>
  signIn(api.db, { name, password: "wrong", caller: "1.2.3.4", ...said }, wait);

/** The rows of one name from one caller, of one caller over all names, of one name over all. */
const pair = sql`name <> -1 AND caller <> -1`;
const wholeCaller = sql`name = -1`;
const wholeName = sql`caller = -1`;

/** As if so many wrong passwords had been given, the last one long enough ago. */
async function pretendFailures(place: typeof pair, failures: number): Promise<void> {
  await sql`UPDATE sign_in_failures SET locked_until = '-infinity'`.execute(api.db);
  await sql`UPDATE sign_in_failures SET failures = ${failures} WHERE ${place}`.execute(api.db);
}

async function lockSeconds(place: typeof pair): Promise<number> {
  const { rows } = await sql<{ seconds: number }>`
    SELECT extract(epoch FROM locked_until - at)::int AS seconds FROM sign_in_failures
    WHERE ${place}`.execute(api.db);
  expect(rows).toHaveLength(1);
  return rows[0]?.seconds ?? 0;
}

const forget = () => sql`DELETE FROM sign_in_failures`.execute(api.db);
beforeEach(async () => {
  await forget();
  waits.length = 0;
});

describe("signing in", () => {
  test("is locked for longer after each wrong password, for whom it may concern", async () => {
    for (const who of [name, "nobody"]) {
      const locks: number[] = [];
      await say({ name: who });
      for (const failures of [8, 9, 10, 15, 18, 400]) {
        await pretendFailures(pair, failures);
        expect(await say({ name: who })).toEqual({ outcome: "wrong" });
        locks.push(await lockSeconds(pair));
      }
      expect([who, locks]).toEqual([who, [0, 1, 2, 64, 300, 300]]);
      await forget();
    }
  }, 60_000);

  test("says for how long one is locked out, and begins anew when it was right", async () => {
    await say();
    await pretendFailures(pair, 18);
    await say();
    const locked = await say({ password });
    expect(locked).toMatchObject({ outcome: "locked", seconds: expect.any(Number) });
    expect(locked.outcome === "locked" && locked.seconds > 290).toBe(true);
    await sql`UPDATE sign_in_failures SET locked_until = now()`.execute(api.db);
    expect(await say({ password })).toMatchObject({ outcome: "in" });
    await say();
    expect(await lockSeconds(pair)).toBe(0);
  });

  test("is open from elsewhere, however many guess at the name", async () => {
    await say();
    await pretendFailures(pair, 400);
    await say();
    expect((await say({ password })).outcome).toBe("locked");
    await pretendFailures(wholeName, 100_000);
    expect(await say({ password, caller: "5.6.7.8" })).toMatchObject({ outcome: "in" });
  });

  test("is slow for everybody while many places guess at a name, borne or not", async () => {
    for (const who of [name, "nobody"]) {
      const attempt = (caller: string) => say({ name: who, caller });
      await attempt("1.1.1.1");
      await pretendFailures(wholeName, 29);
      await attempt("2.2.2.2");
      expect([who, waits]).toEqual([who, []]);
      expect([who, await attempt("3.3.3.3"), waits]).toEqual([who, { outcome: "wrong" }, [2_000]]);
      await forget();
      waits.length = 0;
    }
  });

  test("is locked from where many names are tried; a name of one's own opens none", async () => {
    await say();
    await pretendFailures(wholeCaller, 57);
    expect(await say({ password })).toMatchObject({ outcome: "in" });
    expect(await say({ name: "another" })).toEqual({ outcome: "wrong" });
    expect(await lockSeconds(wholeCaller)).toBe(256);
    expect((await say({ name: "third" })).outcome).toBe("locked");
    expect(await say({ name: "third", caller: "5.6.7.8" })).toEqual({ outcome: "wrong" });
  });

  test("gives forty guesses at once no more looks than one by one", async () => {
    const guesses = await Promise.all(Array.from({ length: 40 }, () => say()));
    expect(guesses.filter(({ outcome }) => outcome === "wrong")).toHaveLength(10);
  });

  test("forgets failures after half an hour, and with a new password", async () => {
    for (let attempt = 0; attempt < 10; attempt++) await say();
    // The first lock is for a second, which a busy machine may need for one look at a password.
    await sql`UPDATE sign_in_failures SET locked_until = locked_until + interval '1 minute'
      WHERE locked_until > at`.execute(api.db);
    expect((await say({ password })).outcome).toBe("locked");
    await setPassword(api.db, name, password, { actor: "cli:test", reason: "a test" });
    expect((await say({ password })).outcome).toBe("in");
    for (let attempt = 0; attempt < 9; attempt++) await say();
    await sql`UPDATE sign_in_failures SET at = now() - interval '31 minutes'`.execute(api.db);
    expect([(await say()).outcome, (await say()).outcome]).toEqual(["wrong", "wrong"]);
  });

  test("keeps nothing of the name that was given, nor of the address", async () => {
    await say({ name: "my password by mistake" });
    const { rows } = await sql<Record<string, unknown>>`
      SELECT * FROM sign_in_failures`.execute(api.db);
    const { at, locked_until: lockedUntil, ...counted } = rows[0] ?? {};
    expect([at, lockedUntil]).toEqual([expect.any(Date), expect.any(Date)]);
    expect(Object.keys(counted).sort()).toEqual(["caller", "failures", "name"]);
    expect(Object.values(counted).every((value) => typeof value === "number")).toBe(true);
  });
});

/** How often a password was looked at: Node counts each scrypt as a thing of its own. */
async function countScrypts(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === "SCRYPTREQUEST") count++;
    },
  }).enable();
  await work();
  hook.disable();
  return count;
}

describe("a password", () => {
  test("costs as much, and is answered alike, where nobody bears the name", async () => {
    for (const who of [name, "nobody", "", "x".repeat(10_000), "no\u0000body"]) {
      let answer: unknown;
      const count = await countScrypts(async () => {
        answer = await say({ name: who });
      });
      expect([who, count, answer]).toEqual([who, 1, { outcome: "wrong" }]);
    }
    expect(await countScrypts(() => say({ password }))).toBe(1);
  });

  test("is kept with its parameters and a salt of its own", async () => {
    const [one, two] = [await hashPassword(password), await hashPassword(password)];
    expect(one).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toBe(two);
    expect([await isPassword(one, password), await isPassword(one, `${password} `)]).toEqual([
      true,
      false,
    ]);
    // One of other times, with other parameters.
    const older = "scrypt$1024$8$1$c2FsdA$4Bb9VAfgypI10ZqW2dKqJ3f0lVflHsXETrZxEXPwU1w";
    expect(await isPassword(older, password)).toBe(true);
    expect(await isPassword(null, "")).toBe(false);
  });

  test("is the same however its letters are composed", async () => {
    expect(
      await isPassword(await hashPassword("é".repeat(12).normalize("NFD")), "é".repeat(12)),
    ).toBe(true);
  });

  test("has a length that withstands guessing", async () => {
    for (const given of ["", "eleven char", "x".repeat(201)]) {
      await expect(hashPassword(given)).rejects.toThrow("A password has 12 to 200 characters");
    }
  });
});
