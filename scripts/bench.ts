import path from "node:path";
import { type Bench, type Benchmark, paces, sizes } from "./bench/bench.ts";
import { flashSale } from "./bench/benchmarks/flash-sale.ts";
import { history } from "./bench/benchmarks/history.ts";
import { hotSku } from "./bench/benchmarks/hot-sku.ts";
import { keeping } from "./bench/benchmarks/keeping.ts";
import { light } from "./bench/benchmarks/light.ts";
import { limits } from "./bench/benchmarks/limits.ts";
import { openOrders } from "./bench/benchmarks/open-orders.ts";
import { profile } from "./bench/benchmarks/profile.ts";
import { realOrders } from "./bench/benchmarks/real-orders.ts";
import { scaling } from "./bench/benchmarks/scaling.ts";
import { throughput } from "./bench/benchmarks/throughput.ts";
import { machineOf } from "./bench/machine.ts";
import { withVerdicts, writeReport } from "./bench/report.ts";
import type { Result } from "./bench/result.ts";
import { showResults } from "./bench/show.ts";
import { commandLine } from "./command-line.ts";
import { endWith } from "./world/missing-piece.ts";
import { auroraFolder } from "./world/places.ts";
import { progress } from "./world/progress.ts";
import { StopWish, watchForStop } from "./world/stop-signal.ts";

const benchmarks: Record<string, Benchmark> = {
  limits,
  throughput,
  light,
  "hot-sku": hotSku,
  "flash-sale": flashSale,
  "real-orders": realOrders,
  history,
  keeping,
  "open-orders": openOrders,
  scaling,
  profile,
};
const names = Object.keys(benchmarks);

const line = commandLine(
  `npm run bench [-- --json] [--only NAME,NAME] [--quick] [--orders FILE.csv] [--out FOLDER]
  --only    some of ${names.join(", ")}
  --quick   small and short, to see whether it works: its figures say little
  --orders  whose sales real-orders places (else made ones, shaped as a real shop's)
  --out     where bench.json, bench.svg and flame graphs go (.aurora/bench/results)`,
);

/** npm run bench: measures Aurora in worlds of its own; each benchmark has a new one. */
async function main(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const wishes = readArguments(args);
  const say = progress(env);
  const signal = watchForStop(env, () => process.exit(1));
  const bench: Bench = { env, say, signal, ...wishes };
  const machine = machineOf();
  const results: Result[] = [];
  const failures: string[] = [];
  for (const name of wishes.names) {
    say(`Measuring ${name} (${results.length + failures.length + 1} of ${wishes.names.length})`);
    try {
      const result = await benchmarks[name]?.(bench);
      if (result) results.push(result);
    } catch (error) {
      if (error instanceof StopWish) failures.push(`${name}: given up before the end`);
      else failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      say(`FAILED ${failures.at(-1)}`);
      if (error instanceof StopWish) break;
    }
    // After each: what was measured is not lost with what comes.
    writeReport(wishes.folder, { machine, results });
  }
  const report = { machine, results, ...(failures.length > 0 && { failures }) };
  const files = writeReport(wishes.folder, report);
  if (wishes.json) console.log(JSON.stringify(withVerdicts(report)));
  else console.log(showResults(machine, results));
  for (const failure of failures) console.error(`FAILED ${failure}`);
  say(`Written to ${files.map((file) => path.relative(process.cwd(), file)).join(", ")}`);
  return failures.length === 0 ? 0 : 1;
}

function readArguments(args: string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const options = { json: flag, quick: flag, only: text, orders: text, out: text } as const;
  const { values } = line.parse({ args, options });
  const chosen = values.only?.split(",").map((name) => name.trim()) ?? names;
  const unknown = chosen.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw line.misuse(`There is no benchmark "${unknown}", only ${names.join(", ")}.`);
  }
  const kind = values.quick ? "quick" : "usual";
  return {
    names: chosen,
    json: values.json ?? false,
    pace: paces[kind],
    sizes: sizes[kind],
    ordersFile: values.orders,
    folder: path.resolve(values.out ?? path.join(auroraFolder, "bench", "results")),
  };
}

line.answerHelp(process.argv.slice(2));
try {
  process.exit(await main(process.argv.slice(2), process.env));
} catch (error) {
  endWith(error);
}
