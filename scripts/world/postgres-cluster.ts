import { randomBytes } from "node:crypto";
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type PostgresRunner, runToEnd } from "./postgres-binaries.ts";
import { commandOf, markOf, readMark, stopProcess } from "./process-mark.ts";

export const postgresUser = "aurora";

/** SIGINT is PostgreSQL's fast shutdown; after SIGQUIT its next start replays the log. */
export const postgresStop = [
  { signal: "SIGINT", waitMs: 10_000 },
  { signal: "SIGQUIT", waitMs: 3_000 },
  { signal: "SIGKILL", waitMs: 1_000 },
] as const;

/** Makes PostgreSQL's files if there are none; answers the password of its one user. */
export async function prepareCluster(
  runner: PostgresRunner,
  home: string,
  cluster: string,
): Promise<string> {
  const passwordFile = path.join(home, "password");
  if (!existsSync(path.join(cluster, "PG_VERSION"))) {
    writeFileSync(passwordFile, `${randomBytes(18).toString("base64url")}\n`, { mode: 0o600 });
    if (runner.account) chownSync(passwordFile, runner.account.uid, runner.account.gid);
    // Under another name until it is whole: a run that was killed here leaves no half cluster.
    const unfinished = `${cluster}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    const place = ["--pgdata", unfinished, "--username", postgresUser, "--pwfile", passwordFile];
    const manner = ["--auth=scram-sha-256", "--data-checksums", "--no-instructions"];
    const text = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
    await runToEnd(runner, "initdb", [...place, ...manner, ...text, "--locale=C"], home);
    renameSync(unfinished, cluster);
  }
  return readFileSync(passwordFile, "utf8").trim();
}

/** Stops the server that a killed run left behind, and removes the pid file of one that is dead. */
export async function clearLeftOver(markFile: string, cluster: string): Promise<void> {
  const ours = readMark(markFile);
  if (ours) await stopProcess(ours, postgresStop);

  const pidFile = path.join(cluster, "postmaster.pid");
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, "utf8").split("\n")[0]);
  const mark = Number.isInteger(pid) && pid > 0 ? markOf(pid) : undefined;
  if (mark === undefined) return; // PostgreSQL itself removes the file of a dead server.
  if (commandOf(pid).includes(cluster)) {
    await stopProcess(mark, postgresStop);
  } else {
    // The number belongs to a stranger by now; PostgreSQL would take it for a living server.
    rmSync(pidFile, { force: true });
  }
}
