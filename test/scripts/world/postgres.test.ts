import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { places } from "../../../scripts/world/places.ts";
import { startPostgres } from "../../../scripts/world/postgres.ts";
import { isAlive } from "../../../scripts/world/process-mark.ts";
import { waitFor } from "../../support/wait-for.ts";

mkdirSync(places.test, { recursive: true });
const folder = mkdtempSync(path.join(places.test, "postgres-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = () => startPostgres({ folder, durable: true, maxConnections: 20 });

async function ask(url: string, statement: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined); // Its server is killed below.
  await client.connect();
  try {
    return Object.values((await client.query<Record<string, unknown>>(statement)).rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

test("a private PostgreSQL is durable and asks for its password", async () => {
  const server = await start();
  try {
    expect(await ask(server.url, "SHOW fsync")).toBe("on");
    await ask(server.url, "CREATE TABLE kept AS SELECT 42 AS answer");
    const stranger = server.url.replace(/:[^:@]+@/, ":guess@");
    await expect(ask(stranger, "SELECT 1")).rejects.toThrow("password authentication failed");
  } finally {
    await server.stop();
  }
  expect(isAlive(server.mark)).toBe(false);
});

test("a server that a killed run left behind is replaced, and its data kept", async () => {
  const leftOver = await start();
  const next = await start();
  try {
    expect(isAlive(leftOver.mark)).toBe(false);
    expect(await ask(next.url, "SELECT answer FROM kept")).toBe(42);
  } finally {
    await next.stop();
  }
});

test("comes up although its own kill left a pid file that now names a stranger", async () => {
  const killed = await start();
  const pidFile = path.join(folder, "cluster/postmaster.pid");
  const lines = readFileSync(pidFile, "utf8").split("\n");
  process.kill(killed.mark.pid, "SIGKILL");
  await waitFor("its end", () => !isAlive(killed.mark));

  const stranger = spawn("sleep", ["60"]);
  try {
    writeFileSync(pidFile, [stranger.pid, ...lines.slice(1)].join("\n"));
    const server = await start();
    expect(await ask(server.url, "SELECT answer FROM kept")).toBe(42);
    await server.stop();
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  } finally {
    stranger.kill("SIGKILL");
  }
});
