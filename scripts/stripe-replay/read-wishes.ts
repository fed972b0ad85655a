import type { Selection } from "../../src/payments/replay-events.ts";
import { commandLine } from "../command-line.ts";

export const line = commandLine(`npm run stripe:replay -- --id evt_... [--id evt_...] [--fetch]
npm run stripe:replay -- --order NUMBER|UUID [--type payment_intent.succeeded]
npm run stripe:replay -- --since 2026-11-25T10:00Z [--until 2026-11-25T11:00Z]
With --dry-run nothing is changed; with --json the answer is one JSON value.`);

export type Wishes = Selection & {
  ids: readonly string[];
  fetch: boolean;
  dryRun: boolean;
  json: boolean;
};

/** What the command line asks for. A selection that would mean everything is refused. */
export function readWishes(args: string[]): Wishes {
  const values = parse(args);
  const { id: ids = [], order, type, since, until } = values;
  const given = [order, type, since, until].some((value) => value !== undefined);
  if (ids.length === 0 && !given) {
    throw line.misuse("Say which events: by --id, --order, --type, --since or --until.");
  }
  for (const id of ids) {
    if (!/^evt_\w+$/.test(id)) throw line.misuse(`--id is "${id}", and Stripe's begin with evt_.`);
  }
  if (order === "") throw line.misuse("--order is empty: it takes an order's number or id.");
  if (type !== undefined && !/^[a-z_]+(\.[a-z_]+)+$/.test(type)) {
    throw line.misuse(`--type is "${type}", and must be one such as payment_intent.succeeded.`);
  }
  if (values.fetch && ids.length === 0)
    throw line.misuse("--fetch needs --id: it reads those events.");
  const wishes = { ids, order, type, since: time("since", since), until: time("until", until) };
  if (wishes.since && wishes.until && wishes.since >= wishes.until) {
    throw line.misuse("--since must be before --until.");
  }
  const { fetch = false, "dry-run": dryRun = false, json = false } = values;
  return { ...wishes, fetch, dryRun, json };
}

function time(option: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const moment = new Date(text);
  if (/^\d{4}-/.test(text) && !Number.isNaN(moment.getTime())) return moment;
  throw line.misuse(`--${option} is "${text}", and must be a time such as 2026-11-25T10:00Z.`);
}

function parse(args: string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const options = {
    id: { type: "string", multiple: true },
    order: text,
    type: text,
    since: text,
    until: text,
    fetch: flag,
    "dry-run": flag,
    json: flag,
  } as const;
  return line.parse({ args, options }).values;
}
