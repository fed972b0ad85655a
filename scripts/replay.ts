import { commandLine } from "./command-line.ts";
import { replay } from "./replay/replay-file.ts";
import { showReplay, summaryOf } from "./replay/summary.ts";
import { endWith } from "./world/missing-piece.ts";
import { progress } from "./world/progress.ts";
import { StopWish, watchForStop } from "./world/stop-signal.ts";

const line = commandLine(
  "npm run replay -- FILE.csv [--orders N] [--clients C] [--stock-factor 0.6] [--json]",
);

const usualClients = 8;
const mostClients = 256;

/**
 * npm run replay: a shop's real sales once more, each placed over HTTP as a storefront would and
 * paid at the stand-in for Stripe. It uses the world that runs, else one of its own.
 */
async function main(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { json, ...wishes } = readArguments(args);
  const say = progress(env);
  const signal = watchForStop(env, () => process.exit(1));
  try {
    const result = await replay({ ...wishes, env, say, signal });
    console.log(json ? JSON.stringify(summaryOf(result)) : showReplay(result));
    return result.isSound ? 0 : 1;
  } catch (error) {
    if (!(error instanceof StopWish)) throw error;
    say("Given up before the end");
    return 1;
  }
}

function readArguments(args: string[]) {
  const { values, positionals } = parse(args);
  const [file, ...more] = positionals;
  if (!file || more.length > 0) throw line.misuse("Name one CSV file.");
  const stockFactor = Number(values["stock-factor"] ?? 1);
  if (!(stockFactor >= 0 && stockFactor <= 1_000)) {
    throw line.misuse("--stock-factor is a number from 0 to 1000.");
  }
  return {
    file,
    stockFactor,
    orders: values.orders === undefined ? undefined : countFrom("orders", values.orders, 1_000_000),
    clients: countFrom("clients", values.clients ?? String(usualClients), mostClients),
    json: values.json ?? false,
  };
}

function countFrom(name: string, text: string, most: number): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw line.misuse(`--${name} is a whole number from 1 to ${most}.`);
}

function parse(args: string[]) {
  const text = { type: "string" } as const;
  const named = { orders: text, clients: text, "stock-factor": text } as const;
  const options = { ...named, json: { type: "boolean" } } as const;
  return line.parse({ args, options, allowPositionals: true });
}

line.answerHelp(process.argv.slice(2));
try {
  process.exit(await main(process.argv.slice(2), process.env));
} catch (error) {
  endWith(error);
}
