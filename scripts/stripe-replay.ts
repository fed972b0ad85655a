import type { Db } from "../src/db/connect.ts";
import {
  orderNamed,
  type Replayed,
  replayEvents,
  unknownIds,
} from "../src/payments/replay-events.ts";
import { rereadEvent } from "../src/stripe/read-event.ts";
import { fetchEvents } from "./stripe-replay/fetch-events.ts";
import { line, readWishes, type Wishes } from "./stripe-replay/read-wishes.ts";
import { onTargetDatabase } from "./target-database.ts";
import { MissingPiece } from "./world/missing-piece.ts";

/**
 * npm run stripe:replay: sets events of the inbox back to waiting, by their id, order, type or
 * time of arrival, so that what they tell of is looked up at Stripe once more. Exit code 1 when
 * none of them is one to replay, or an id is not known.
 */
async function main(db: Db, wishes: Wishes, env: NodeJS.ProcessEnv): Promise<void> {
  const { ids, order, dryRun, json } = wishes;
  if (order !== undefined && (await orderNamed(db, order)) === null) {
    throw new MissingPiece(`There is no order "${order}".`, "--order takes its number or its id.");
  }
  const strange = await unknownIds(db, ids);
  const fetched = wishes.fetch && !dryRun ? await fetchEvents(db, strange, env) : [];
  const unknown = strange.filter((id) => !fetched.includes(id));

  const events: Replayed[] = [];
  for await (const page of replayEvents(db, wishes, { reread: rereadEvent, dryRun })) {
    events.push(...page);
    if (!json) console.log(page.map(inOneLine).join("\n"));
  }
  const waiting = events.filter(({ after }) => after === "received");
  const outcome = { dryRun, matched: events.length, waiting: waiting.length, fetched, unknown };
  console.log(json ? JSON.stringify({ ...outcome, events }) : inWords(outcome, wishes));
  if (waiting.length === 0 || unknown.length > 0) process.exitCode = 1;
}

type Outcome = {
  dryRun: boolean;
  matched: number;
  waiting: number;
  fetched: readonly string[];
  unknown: readonly string[];
};

/** As wide as Stripe's ids and longest type are. */
const widths = { id: 28, type: 32, order: 14 };

function inOneLine({ id, type, order, receivedAt, before, after }: Replayed): string {
  return [
    id.padEnd(widths.id),
    type.padEnd(widths.type),
    (order ?? "no order").padEnd(widths.order),
    receivedAt.toISOString().slice(0, 19),
    `${before} -> ${after}`,
  ].join("  ");
}

function inWords(outcome: Outcome, { fetch }: Wishes): string {
  const { dryRun, matched, waiting, fetched, unknown } = outcome;
  const lines: string[] = [];
  if (fetched.length > 0) lines.push(`Read from Stripe: ${fetched.join(", ")}.`);
  if (unknown.length > 0) {
    lines.push(`Not in the inbox: ${unknown.join(", ")}.`);
    if (!fetch) lines.push("With --fetch they are read from Stripe.");
    else if (dryRun) lines.push("Without --dry-run they are read from Stripe.");
    else lines.push("Stripe has them neither: it keeps events for 30 days.");
  }
  if (matched === 0) {
    lines.push("Nothing matches. Drop an option, or look with --since and --dry-run.");
  } else {
    const verb = dryRun ? "would be replayed" : "are replayed: the sweeper takes them up at once";
    lines.push(`${waiting} of ${matched} events ${verb}.`);
    if (waiting < matched) lines.push("The others are foreign, or of a type that moves nothing.");
  }
  return lines.join("\n");
}

line.answerHelp(process.argv.slice(2));
await onTargetDatabase("stripe-replay", process.env, (db) =>
  main(db, readWishes(process.argv.slice(2)), process.env),
);
