import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { root } from "../../scripts/world/places.ts";

let clone: string;

/** A folder with the bootstrap and programs of the test's own, where nothing is missing. */
beforeEach(() => {
  clone = mkdtempSync(path.join(tmpdir(), "aurora-"));
  cpSync(path.join(root, "scripts/bootstrap"), path.join(clone, "scripts/bootstrap"), {
    recursive: true,
  });
  cpSync(path.join(root, "scripts/bootstrap.cjs"), path.join(clone, "scripts/bootstrap.cjs"));
  writeFileSync(path.join(clone, "package-lock.json"), JSON.stringify({ packages: {} }));
  mkdirSync(path.join(clone, "node_modules"));
  writeFileSync(path.join(clone, "node_modules/.package-lock.json"), '{"packages":{}}');
  writeFileSync(path.join(clone, "package.json"), '{"type":"module"}');
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

function program(command: string, source: string): void {
  writeFileSync(path.join(clone, "scripts", `${command}.ts`), source);
}

function bootstrap(args: string[], env: NodeJS.ProcessEnv = process.env) {
  const script = path.join(clone, "scripts/bootstrap.cjs");
  return spawnSync(process.execPath, [script, ...args], { encoding: "utf8", env, cwd: clone });
}

describe("the bootstrap", () => {
  test("hands over arguments, standard output and the exit code, and says nothing itself", () => {
    program("keys", "console.log(process.argv.slice(2).join()); process.exitCode = 7;");
    const { stdout, stderr, status } = bootstrap(["keys", "list", "--json"]);
    expect({ stdout, stderr, status }).toEqual({ stdout: "list,--json\n", stderr: "", status: 7 });
  });

  test("ends as its program ended, also when that was killed", () => {
    program("keys", "process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);");
    expect(bootstrap(["keys"]).signal).toBe("SIGKILL");
  });

  test("reads .env for programs that run Aurora, and not for the tests", () => {
    writeFileSync(path.join(clone, ".env"), "HOLD_MINUTES=7\n");
    for (const command of ["keys", "check"])
      program(command, "console.log(process.env.HOLD_MINUTES);");
    expect(bootstrap(["keys"]).stdout).toBe("7\n");
    expect(bootstrap(["check"]).stdout).toBe("undefined\n");
  });

  test("says in one sentence that there is no such command", () => {
    const { stderr, status } = bootstrap(["../secret"]);
    expect(stderr.trim()).toBe('There is no command "../secret". npm run lists those there are.');
    expect(status).toBe(1);
  });

  test("says in one sentence what to do where there is neither a Redis nor apt-get", () => {
    program("start", "console.log('started');");
    const empty = path.join(clone, "empty");
    mkdirSync(empty);
    const { stdout, stderr, status } = bootstrap(["start"], { PATH: empty });
    expect(stderr).toMatch(/^\nThere is no redis-server on this machine.* set REDIS_URL .*\.\n$/);
    expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
    expect(bootstrap(["start"], { PATH: empty, REDIS_URL: "redis://r" }).stdout).toBe("started\n");
  });

  test("fetches no Chromium where one is on PATH or nothing could bring one", () => {
    program("test", "console.log('tested');");
    const bin = path.join(clone, "bin");
    mkdirSync(bin);
    const put = (name: string) =>
      writeFileSync(path.join(bin, name), "#!/nowhere", { mode: 0o755 });
    for (const name of ["redis-server", "chromium", "apt-get", "dpkg"]) put(name);
    const tested = { stdout: "tested\n", stderr: "", status: 0 };
    expect(bootstrap(["test"], { PATH: bin })).toMatchObject(tested);
    rmSync(path.join(bin, "chromium"));
    const { stderr, status } = bootstrap(["test"], { PATH: bin });
    expect(stderr).toMatch(/Chromium: (unpacking|installing) Debian's package/);
    expect(status).toBe(1);
    rmSync(path.join(bin, "apt-get"));
    expect(bootstrap(["test"], { PATH: bin })).toMatchObject(tested);
  });

  test("says in one sentence that there is no npm to install the packages with", () => {
    program("keys", "console.log('started');");
    rmSync(path.join(clone, "node_modules"), { recursive: true });
    const { stderr, status } = bootstrap(["keys"], { PATH: "" });
    expect(stderr).toMatch(/\n\nThere is no npm on this machine\. Install it .*\.\n$/);
    expect(status).toBe(1);
  });

  test("does not exchange packages under a world that runs", () => {
    program("keys", "console.log('joined');");
    writeFileSync(path.join(clone, "package-lock.json"), '{"packages":{"x":{"version":"2"}}}');
    expect(bootstrap(["keys"], { PATH: "" }).stdout).toBe("joined\n");
  });

  test("passes a SIGTERM on to its program, and lets it end in its own time", () => {
    const source = `process.once("SIGTERM", () => { console.log("heard"); process.exit(0); });
      setInterval(() => {}, 1000); process.kill(process.ppid, "SIGTERM");`;
    program("keys", source);
    const { stdout, status } = bootstrap(["keys"]);
    expect({ stdout, status }).toEqual({ stdout: "heard\n", status: 0 });
  });
});
