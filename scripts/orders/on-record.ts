import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import type { Db } from "../../src/db/connect.ts";
import { operatorNamed } from "../../src/ops/access/operators.ts";
import type { Performer } from "../../src/ops/acts/act-request.ts";
import { line, numberOf, type Wishes } from "./wishes.ts";

/**
 * Who acts: the operator of --as, with their role. Else whoever is at the machine, under its name
 * for them: who has the database's password may do all.
 */
export async function performerOf(db: Db, { values: { as } }: Wishes): Promise<Performer> {
  const user = userInfo().username;
  if (as === undefined) return { actor: `cli:${user}`, role: "admin" };
  const { name, role } = await operatorNamed(db, as);
  return { actor: `cli:${user} as ${name}`, role };
}

/** What an act's record wants of the command line. A dry run needs none of it. */
export function recordOf({ command, values }: Wishes) {
  const dryRun = values["dry-run"];
  const reason = values.reason ?? "";
  if (!dryRun && reason === "") {
    throw line.misuse(`${command} needs --reason: it stands in the audit. Or try --dry-run.`);
  }
  const ifMatch = numberOf("--if-match", values["if-match"]);
  return { reason, dryRun, ifMatch, idempotencyKey: values.key ?? randomUUID() };
}

/** Said before anything is done: who gets no answer repeats it under this key, and it acts once. */
export function tellKey({ values }: Wishes, key: string): void {
  if (values["dry-run"] || values.key !== undefined) return;
  console.error(`Its key is ${key}. If no answer comes, repeat it with --key ${key}.`);
}

/**
 * The command that does what a dry run has shown, at the version that it was shown for. Without a
 * reason it asks for one: nobody else can say why.
 */
export function commandAfter({ command, rest, values }: Wishes, version: number | null): string {
  const { "dry-run": _, "if-match": seen, json, reason, key, ...others } = values;
  const given = {
    ...others,
    ...(version === null ? {} : { "if-match": seen ?? String(version) }),
    key: key ?? randomUUID(),
    ...(reason === undefined ? {} : { reason }),
  };
  const options = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, quoted(String(value))],
  );
  const words = [command, ...rest.map(quoted), ...options, ...(json ? ["--json"] : [])];
  return `npm run orders -- ${words.join(" ")}`;
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w./:@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
