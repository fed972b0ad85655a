import { userInfo } from "node:os";
import type { Db } from "../src/db/connect.ts";
import {
  type Decision,
  keepInstallation,
  renewInstallation,
} from "../src/orders/installation/decide-installation.ts";
import {
  differences,
  type Installation,
  readWhole,
  type Stamp,
} from "../src/orders/installation/installation.ts";
import { connectStripe } from "../src/stripe/client.ts";
import { createStripeGateway } from "../src/stripe/gateway.ts";
import { commandLine } from "./command-line.ts";
import { baseSettings, stripeSettings } from "./stripe-settings.ts";
import { onTargetDatabase } from "./target-database.ts";
import { MissingPiece } from "./world/missing-piece.ts";

const line = commandLine(`npm run installation -- show [--json]
npm run installation -- keep --reason "Restored on the new server"
npm run installation -- renew --reason "A copy for rehearsals" [--although-its-stamp-fits]`);

/**
 * npm run installation: whether Aurora may write to Stripe from this database, and the operator's
 * word when it does not dare to.
 *
 * `keep`: this is the same installation, restored or with other keys; its payments are worked as
 * before. `renew`: this database is a copy of another installation's. What the other one made at
 * Stripe is foreign from then on: payments that are still open here end here, without Stripe being
 * asked, and their orders expire; captured ones stay as history and are never refunded from here;
 * no waiting message of the copied orders is sent.
 */
async function main(db: Db, wishes: Wishes): Promise<void> {
  const { verb, reason, json } = wishes;
  if (verb === "show") return await show(db, json);
  if (verb !== "keep" && verb !== "renew") {
    throw line.misuse(verb ? `There is no "${verb}".` : "What is to be done?");
  }
  if (!reason) throw line.misuse(`${verb} needs a --reason, which stays on record.`);
  const found = await askStripe(process.env);
  const decision: Decision = { found, reason, actor: `cli:${userInfo().username}` };
  const before = await readWhole(db);
  if (verb === "keep") {
    await keepInstallation(db, decision);
    console.log(`Kept: this is installation ${before.id}, stamped anew.`);
  } else {
    if (!wishes.anyway) await refuseWhereNothingDiffers(db, before, found);
    const settings = baseSettings(process.env);
    const { ordersEnded } = await renewInstallation(db, settings, decision);
    console.log(told(before, await readWhole(db), ordersEnded));
  }
  if (found.account === null) console.log(withoutKey[verb]);
  console.log("Processes that know only what was before end by themselves: start them again.");
}

const withoutKey = {
  keep:
    "Without STRIPE_SECRET_KEY here, the stamp keeps its Stripe account: where that is what " +
    "changed, say keep once more with the new key.",
  renew:
    "Without STRIPE_SECRET_KEY here, the stamp gets the account of the process that looks " +
    "first: stop those that still have old keys before that.",
};

/** On the original itself, renewing would end every open order without asking Stripe. */
async function refuseWhereNothingDiffers(
  db: Db,
  { stamp, stoppedBecause, database }: Installation,
  found: Omit<Stamp, "database">,
): Promise<void> {
  const differs = differences(stamp, { ...found, database });
  if (stoppedBecause !== null || differs.length > 0) return;
  const { count } = await db
    .selectFrom("orders")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .where("status", "in", ["draft", "reserving", "awaiting_payment"])
    .executeTakeFirstOrThrow();
  throw new MissingPiece(
    "Nothing says that this database is a copy: it fits its stamp.",
    `On the original, ${count} open orders would end without Stripe being asked, and what is ` +
      "paid for them then would be lost from sight. If it is a copy all the same, such as a " +
      "disk's snapshot, add --although-its-stamp-fits.",
  );
}

function told(before: Installation, after: Installation, ordersEnded: number): string {
  const ended = ordersEnded === 1 ? "1 order" : `${ordersEnded} orders`;
  const have = ordersEnded === 1 ? "has" : "have";
  return [
    `Renewed: installation ${before.id} was copied, this one is ${after.id}.`,
    `${ended} with something still to come ${have} ended here; Stripe was not asked.`,
    "What the other installation made at Stripe is foreign here: it is never cancelled, paid or",
    "refunded from this database. Captured payments stay as history. Messages that waited were",
    "dropped: the other installation sends them.",
  ].join("\n");
}

async function show(db: Db, json: boolean): Promise<void> {
  const installation = await readWhole(db);
  const acts = await db
    .selectFrom("installation_acts")
    .select(["act", "reason", "actor", "at"])
    .orderBy("id", "desc")
    .limit(20)
    .execute();
  if (json) return console.log(JSON.stringify({ ...installation, acts }));
  const { id, stamp, stampedAt, stoppedBecause, database } = installation;
  const mode = stamp.livemode === null ? "unknown" : stamp.livemode ? "live" : "test";
  const lines = [
    `installation   ${id}`,
    `stamped        ${stampedAt ?? "not yet: the first process with a Stripe key does it"}`,
    `Stripe account ${stamp.account ?? "unknown"} (${mode} money)`,
    `database       ${stamp.database ?? "unknown"}; it is ${database} now`,
    `Stripe writes  ${stoppedBecause ?? "allowed"}`,
    ...acts.map(
      ({ act, reason, actor, at }) => `${at.toISOString()}  ${act} by ${actor}: ${reason}`,
    ),
  ];
  console.log(lines.join("\n"));
}

/** Whose account the key that we have opens; unknown without one. */
async function askStripe(env: NodeJS.ProcessEnv): Promise<Omit<Stamp, "database">> {
  const stripe = stripeSettings(env);
  if (stripe === null) return { account: null, livemode: null };
  const account = await createStripeGateway(connectStripe(stripe)).readAccount();
  return { account, livemode: stripe.livemode };
}

type Wishes = ReturnType<typeof readArguments>;

function readArguments(args: string[]) {
  const { values, positionals } = parse(args);
  const [verb] = positionals;
  const anyway = values["although-its-stamp-fits"] ?? false;
  return { verb, reason: values.reason?.trim(), json: values.json ?? false, anyway };
}

function parse(args: string[]) {
  const options = {
    reason: { type: "string" },
    json: { type: "boolean" },
    "although-its-stamp-fits": { type: "boolean" },
  } as const;
  return line.parse({ args, options, allowPositionals: true });
}

line.answerHelp(process.argv.slice(2));
await onTargetDatabase("installation", process.env, (db) =>
  main(db, readArguments(process.argv.slice(2))),
);
