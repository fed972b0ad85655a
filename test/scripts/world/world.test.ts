import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { places, root } from "../../../scripts/world/places.ts";
import { isAlive, type ProcessMark } from "../../../scripts/world/process-mark.ts";
import { waitFor } from "../../support/wait-for.ts";
import { startTestWorld } from "../../support/world.ts";

mkdirSync(places.test, { recursive: true });
const folder = mkdtempSync(path.join(places.test, "killed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a world", () => {
  test("runs each process as its own, to be killed and restarted by name", async () => {
    const world = await startTestWorld({ processes: ["web", "sweeper", "sweeper"] });
    try {
      const first = world.child("sweeper").pid;
      expect(world.child("sweeper-2").pid).not.toBe(first);
      await world.child("sweeper").restart("SIGKILL");
      expect(world.child("sweeper").pid).not.toBe(first);
      expect((await fetch(`${world.apiUrl}/readyz`)).status).toBe(200);
    } finally {
      await world.stop();
    }
    expect(["web", "sweeper", "sandbox"].map((name) => world.child(name).isRunning)).toEqual([
      false,
      false,
      false,
    ]);
  });

  test("leaves nothing running when a process of it cannot start", async () => {
    // An address that no machine has: set aside for documents, RFC 5737.
    const broken = startTestWorld({ processes: ["web"], settings: { HOST: "203.0.113.1" } });
    await expect(broken).rejects.toThrow(/The process web ended/);
  });

  test("names every wrong setting before it starts anything", async () => {
    const wrong = { SERVER_KEY: "short", HOLD_MINUTES: "-1" };
    const broken = startTestWorld({ processes: ["web"], settings: wrong });
    await expect(broken).rejects.toThrow(/HOLD_MINUTES: .*SERVER_KEY: /s);
  });

  test("ends, servers and all, when the process that holds it up is killed", async () => {
    const holder = spawn(process.execPath, ["--input-type=module", "-e", holdUpWorld(folder)], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    const marks = marksIn(folder);
    expect(marks.filter(isAlive)).toHaveLength(3);
    holder.kill("SIGKILL");
    await waitFor("the end of all it had started", () => !marks.some(isAlive));
  });
});

/** A program with a PostgreSQL, a Redis and the stand-ins of its own. */
function holdUpWorld(folder: string): string {
  return `
    import { startWorld } from ${JSON.stringify(path.join(root, "scripts/world/world.ts"))};
    const env = { PATH: process.env.PATH };
    await startWorld({ env, folder: ${JSON.stringify(folder)}, processes: [], durable: false });
    console.log("up");
    setInterval(() => {}, 1000);`;
}

function marksIn(folder: string): ProcessMark[] {
  const files = ["postgres/server.json", "redis/server.json"].concat(
    readdirSync(path.join(folder, "run")).map((name) => path.join("run", name)),
  );
  return files
    .map((file) => path.join(folder, file))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, "utf8")) as ProcessMark);
}
