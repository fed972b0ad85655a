import { describe, expect, test } from "vitest";
import { webConnections, workerConnections } from "../../src/db/connections.ts";
import { queues } from "../../src/queues/index.ts";
import { filesIn, textOf } from "./repository.ts";

const queueNames: string[] = queues.map(({ name }) => name);

describe("a queue", () => {
  test("has a contract file of its own name", () => {
    const contracts = filesIn("src/queues/", ".ts").flatMap(({ path, text }) =>
      [...text.matchAll(/defineQueue\(\{\s*name: "(\w+)"/g)].map(([, name]) => [path, name]),
    );
    expect(contracts.sort()).toEqual(
      [...queueNames].sort().map((name) => [`src/queues/${name}.ts`, name]),
    );
  });

  test("has a worker file, a line in the Procfile and a row in the docs", () => {
    expect(withoutItsPlaces(queueNames)).toEqual([]);
  });

  test("is missed where it has none of them", () => {
    expect(withoutItsPlaces(["returns"])).toEqual([
      "returns has no src/workers/returns.ts",
      "returns has no line in the Procfile",
      "returns has no row in docs/order-lifecycle.md",
    ]);
  });
});

describe("app.json", () => {
  const { addons, env, formation } = JSON.parse(textOf("app.json"));
  /** Of Heroku's plans: https://devcenter.heroku.com/articles/heroku-postgres-plans */
  const allowed: Record<string, number> = { "heroku-postgresql:essential-0": 20 };
  /** The release's own, while the processes of the release before still run. */
  const migrating = 1;

  test("opens no more connections to PostgreSQL than its plan allows", () => {
    const pool = Number(env.DATABASE_POOL.value);
    const sum = (parts: object) => Object.values(parts).reduce((all, one) => all + one, 0);
    const most =
      formation.web.quantity * sum(webConnections(pool)) +
      formation.worker.quantity * sum(workerConnections(pool));
    expect(most + migrating).toBeLessThanOrEqual(allowed[addons[0].plan] ?? 0);
    expect(env.DATABASE_POOL.description).toContain(`open ${most} of the plan's 20`);
  });
});

describe("the Procfile", () => {
  const commands = procfile(textOf("Procfile"));

  test("names release, web, worker, and each role by its file in src/workers", () => {
    const roles = [...commands.keys()].filter(
      (name) => !["release", "web", "worker"].includes(name),
    );
    expect(roles.sort()).toEqual(["sweeper", ...queueNames].sort());
    expect(roles.filter((role) => !namesIn("src/workers/").includes(role))).toEqual([]);
  });

  test("starts Node itself, with bounds to its memory and the role as its only word", () => {
    const started = Object.fromEntries(commands);
    // Less room for young objects costs CPU: they are copied more often, and move to the old ones.
    // Left alone those grow to a multiple of what is kept.
    const node = "node --max-semi-space-size=32 --heap-growing-percent=120";
    expect(started).toEqual({
      release: "node src/db/migrate.ts",
      web: `${node} src/api/server.ts`,
      worker: `${node} src/workers/main.ts all`,
      ...Object.fromEntries(
        [...queueNames, "sweeper"].map((role) => [role, `${node} src/workers/main.ts ${role}`]),
      ),
    });
  });

  test("is described process by process in the docs", () => {
    const described = rowsOf(textOf("docs/order-lifecycle.md"), "Which process moves it");
    expect([...commands.keys()].filter((name) => name !== "release").sort()).toEqual(
      described.sort(),
    );
  });

  test("is read line by line", () => {
    const lines = procfile("web:   node a.ts\n# a comment\n\nsweeper: node b.ts sweeper\n");
    expect([...lines]).toEqual([
      ["web", "node a.ts"],
      ["sweeper", "node b.ts sweeper"],
    ]);
  });
});

function withoutItsPlaces(names: readonly string[]): string[] {
  const workers = namesIn("src/workers/");
  const commands = procfile(textOf("Procfile"));
  const described = rowsOf(textOf("docs/order-lifecycle.md"), "Which process moves it");
  return names.flatMap((name) => [
    ...(workers.includes(name) ? [] : [`${name} has no src/workers/${name}.ts`]),
    ...(commands.has(name) ? [] : [`${name} has no line in the Procfile`]),
    ...(described.includes(name) ? [] : [`${name} has no row in docs/order-lifecycle.md`]),
  ]);
}

/** The names of a folder's files, without their ending; not those of its subfolders. */
function namesIn(folder: string): string[] {
  return filesIn(folder, ".ts")
    .map(({ path }) => path.slice(folder.length, -".ts".length))
    .filter((name) => !name.includes("/"))
    .sort();
}

function procfile(text: string): Map<string, string> {
  const lines = [...text.matchAll(/^(\w+):\s*(.+?)\s*$/gm)];
  return new Map(lines.map(([, name, command]) => [name!, command!]));
}

/** The first cells of the table under a heading, those that are written as code. */
function rowsOf(page: string, heading: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? "";
  return [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!);
}
