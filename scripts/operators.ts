import { userInfo } from "node:os";
import { text } from "node:stream/consumers";
import type { Db } from "../src/db/connect.ts";
import {
  addOperator,
  type By,
  disableOperator,
  enableOperator,
  listOperators,
  setPassword,
  setRole,
} from "../src/ops/access/operators.ts";
import { generatePassword } from "../src/ops/access/passwords.ts";
import { commandLine } from "./command-line.ts";
import { onTargetDatabase } from "./target-database.ts";

const line = commandLine(`npm run operators -- list
npm run operators -- add NAME --role viewer|operator|admin [--password-stdin]
npm run operators -- role NAME viewer|operator|admin
npm run operators -- password NAME [--password-stdin]
npm run operators -- disable NAME
npm run operators -- enable NAME
A password that is not given is generated and shown once. What is done stays on record, with
--reason TEXT if there is one. With --json the answer is one JSON value.`);

type Wishes = ReturnType<typeof readArguments>;

/** npm run operators: who may sign in at /ops, and as what, in the database of DATABASE_URL. */
async function main(db: Db, wishes: Wishes): Promise<void> {
  const { verb, name, json } = wishes;
  const show: Show = (value, lines) => console.log(json ? JSON.stringify(value) : lines.join("\n"));
  if (verb === "list") return await list(db, show);
  if (verb === undefined || !(verb in changes)) {
    throw line.misuse(verb ? `There is no "${verb}".` : "What is to be done?");
  }
  if (!name) throw line.misuse(`${verb} needs an operator's name.`);
  const by = {
    actor: `cli:${userInfo().username}`,
    reason: wishes.reason ?? `npm run operators -- ${verb}`,
  };
  await changes[verb as keyof typeof changes]({ db, by, name, wishes, show });
}

type Show = (value: unknown, lines: string[]) => void;
type Call = { db: Db; by: By; name: string; wishes: Wishes; show: Show };

const changes = {
  async add({ db, by, name, wishes, show }: Call) {
    const { role } = wishes;
    if (!role) throw line.misuse("add needs --role viewer, operator or admin.");
    const { password, shown } = await newPassword(wishes);
    await addOperator(db, { name, role, password }, by);
    show({ name, role, ...shown }, [`${name} may sign in at /ops as ${role}.`, ...told(shown)]);
  },
  async role({ db, by, name, wishes, show }: Call) {
    const role = wishes.role ?? wishes.third;
    if (!role) throw line.misuse("role needs a role: viewer, operator or admin.");
    await setRole(db, name, role, by);
    show({ name, role }, [`${name} is ${role} from now on.`]);
  },
  async password({ db, by, name, wishes, show }: Call) {
    const { password, shown } = await newPassword(wishes);
    await setPassword(db, name, password, by);
    const lines = [`${name} has another password; their sessions are over.`, ...told(shown)];
    show({ name, ...shown }, lines);
  },
  async disable({ db, by, name, show }: Call) {
    await disableOperator(db, name, by);
    show({ name, disabled: true }, [`${name} is out, and can't sign in.`]);
  },
  async enable({ db, by, name, show }: Call) {
    await enableOperator(db, name, by);
    show({ name, disabled: false }, [`${name} may sign in again.`]);
  },
};

async function list(db: Db, show: Show): Promise<void> {
  const operators = await listOperators(db);
  const lines = operators.map(({ name, role, createdAt, disabledAt, seenAt }) => {
    const since = disabledAt ? `disabled ${day(disabledAt)}` : `since ${day(createdAt)}`;
    const seen = seenAt ? `  signed in, last seen ${seenAt.toISOString().slice(0, 16)}Z` : "";
    return `${name.padEnd(16)}  ${role.padEnd(8)}  ${since}${seen}`;
  });
  show(operators, lines.length > 0 ? lines : ["There is no operator yet. Make one:", line.usage]);
}

type NewPassword = { password: string; shown: { password?: string } };

/** Never an argument: those stand in the shell's history and in the list of processes. */
async function newPassword({ passwordStdin }: Wishes): Promise<NewPassword> {
  if (passwordStdin) {
    return { password: (await text(process.stdin)).replace(/\r?\n$/, ""), shown: {} };
  }
  const password = generatePassword();
  return { password, shown: { password } };
}

function told({ password }: { password?: string }): string[] {
  return password === undefined ? [] : [password, "This is the password. It is not shown again."];
}

function readArguments(args: string[]) {
  const options = {
    role: { type: "string" },
    reason: { type: "string" },
    "password-stdin": { type: "boolean" },
    json: { type: "boolean" },
  } as const;
  const { values, positionals } = line.parse({ args, options, allowPositionals: true });
  const [verb, name, third, ...more] = positionals;
  if (more.length > 0) throw line.misuse(`What is "${more.join(" ")}"?`);
  return {
    verb,
    name,
    third,
    role: values.role,
    reason: values.reason,
    passwordStdin: values["password-stdin"] ?? false,
    json: values.json ?? false,
  };
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

line.answerHelp(process.argv.slice(2));
await onTargetDatabase("operators", process.env, (db) =>
  main(db, readArguments(process.argv.slice(2))),
);
