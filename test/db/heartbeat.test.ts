import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type Db } from "../../src/db/connect.ts";
import { beat, keepBeating, leaveToOthers } from "../../src/db/heartbeat.ts";
import { useDatabase } from "../support/database.ts";
import { quiet, testSettings } from "../support/settings.ts";
import { waitFor } from "../support/wait-for.ts";
import { startTestWorld } from "../support/world.ts";

const database = useDatabase();
let db: Db;
beforeAll(() => {
  db = connect(testSettings(database.url), quiet);
});
afterAll(() => db.destroy());

async function rolesThatLive(place: Db): Promise<string[]> {
  const { rows } = await sql<{ role: string }>`
    SELECT role FROM heartbeats WHERE at > now() - interval '30 s' ORDER BY 1`.execute(place);
  return rows.map(({ role }) => role);
}

describe("a process", () => {
  test("is on the list while it lives, and off it when it ends as it should", async () => {
    const heart = keepBeating(db, { instance: "web@test:1", role: "web" });
    await waitFor("a beat", async () => (await rolesThatLive(db)).includes("web"));
    await heart.stop();
    expect(await rolesThatLive(db)).toEqual([]);
  });

  test("does not mind that PostgreSQL can't hear it", async () => {
    const away = connect(testSettings("postgres://127.0.0.1:1/none"), quiet);
    await keepBeating(away, { instance: "web@test:2", role: "web" }).stop();
    await away.destroy();
  });

  test("leaves its work to another that lives, and is missed where there is none", async () => {
    const one = { instance: "a@test:1", role: "sweeper" };
    const other = { instance: "b@test:2", role: "sweeper" };
    await beat(db, one);
    await leaveToOthers(db, one);
    expect(await rolesThatLive(db)).toEqual(["sweeper"]);
    await beat(db, other);
    await leaveToOthers(db, one);
    const rows = await db.selectFrom("heartbeats").selectAll().execute();
    expect(rows.map(({ instance }) => instance)).toEqual([other.instance]);
    expect(rows[0]?.started_at.getTime()).toBeLessThan(rows[0]?.at.getTime() ?? 0);
  });

  test("of a world beats, each by its name in the Procfile", async () => {
    const processes = ["web", "reservation", "payment", "status", "notification", "sweeper"];
    const world = await startTestWorld({ processes });
    try {
      const own = connect({ DATABASE_URL: world.databaseUrl, DATABASE_POOL: 1 }, quiet);
      const all = [...processes].sort();
      await waitFor("every beat", async () => String(await rolesThatLive(own)) === String(all));
      await own.destroy();
    } finally {
      await world.stop();
    }
  }, 60_000);
});
