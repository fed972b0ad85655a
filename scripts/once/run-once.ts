import { connect, type Db } from "../../src/db/connect.ts";
import type { Finding } from "../../src/invariants/invariant.ts";
import { createLog } from "../../src/log.ts";
import { checkWorld } from "../world/check-world.ts";
import type { CustomerOrder } from "../world/customer.ts";
import { ensureShop } from "../world/local-shop.ts";
import { inOwnWorld } from "../world/own-world.ts";
import { untilAtRest } from "../world/rest.ts";
import type { World } from "../world/world.ts";
import { openCounter } from "./counter.ts";
import { goodsScenarios } from "./goods.ts";
import { lateScenarios, moneyBackScenarios } from "./money-back.ts";
import { paidScenarios } from "./paid.ts";
import type { Scenario } from "./scenario.ts";
import { settleStrayIntent } from "./stray-intent.ts";
import { readTold, type Told } from "./told.ts";
import { cancelledScenarios, expiringScenarios, rejectedScenarios } from "./unpaid.ts";

/** Every way that exists; those that wait for their hold to run out come first. */
const scenarios: readonly Scenario[] = [
  ...[...expiringScenarios, ...lateScenarios, ...paidScenarios, ...rejectedScenarios],
  ...[...cancelledScenarios, ...moneyBackScenarios, ...goodsScenarios],
];

/**
 * Long enough that nobody's payment is overtaken by the clock on a busy machine, and short enough
 * that nobody waits for those who never pay.
 */
const holdSeconds = 12;
const restsWithinMs = (holdSeconds + 30) * 1_000;

/** An event that nobody knows yet is tried again by the clock, and may be due at this moment. */
const patienceSeconds = 5;

const settings = {
  HOLD_MINUTES: String(holdSeconds / 60),
  EXPIRY_BUCKET_SECONDS: "1",
  // A bank debit that is slower than this is too late.
  PROCESSING_HOURS: `*:${holdSeconds / 2 / 3_600}`,
  // What is on its way at this moment is no stray; everything else is compared.
  COMPARISON_SETTLE_SECONDS: "2",
  LOG_FORMAT: "json",
};

/** An order of the run beside what was to become of it. */
interface Outcome {
  what: string;
  number: string;
  totalMinor: number;
  status: string;
  money: string;
  told: Told;
  faults: string[];
}

export interface OnceResult {
  isSound: boolean;
  outcomes: Outcome[];
  findings: Finding[];
  /** Scenarios that could not be played to their end. */
  failures: string[];
}

/** Plays every way that an order can go in a world of its own, and looks whether all came right. */
export async function runOnce(wishes: {
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
  signal: AbortSignal;
}): Promise<OnceResult> {
  const { say } = wishes;
  return await inOwnWorld({ ...wishes, purpose: "once", settings }, async (world) => {
    const log = createLog("once", { level: "error", format: "pretty" });
    const connection = { DATABASE_URL: world.databaseUrl, DATABASE_POOL: 2 };
    const db = connect(connection, log, { name: "aurora once", statementSeconds: 60 });
    try {
      return await play(db, world, say);
    } finally {
      await db.destroy();
    }
  });
}

async function play(
  db: Db,
  world: World & { sandboxUrl: string },
  say: (line: string) => void,
): Promise<OnceResult> {
  const counter = await openCounter(world, await ensureShop(world.databaseUrl, undefined));
  say(`${scenarios.length} customers go ${scenarios.length} ways`);
  const [stray, ...played] = await Promise.allSettled([
    settleStrayIntent(db, world.sandboxUrl),
    ...scenarios.map((scenario) => scenario.act(counter)),
  ] as const);
  const failures = played.flatMap((each, index) =>
    each.status === "rejected" ? [`${scenarios[index]?.what}: ${each.reason}`] : [],
  );
  if (stray.status === "rejected") failures.push(`A stray intent: ${stray.reason}`);
  const orders = played.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
  say(`${orders.length} orders are placed; those that nobody pays expire ${holdSeconds} s after`);
  const orderIds = orders.map(({ id }) => id);
  await untilAtRest(db, orderIds, restsWithinMs);
  say("Everything is at rest. Are the books right?");
  const told = await readTold(db, world.sandboxUrl, orders);
  const outcomes = await Promise.all(
    played.flatMap((each, index) =>
      each.status === "fulfilled" ? outcomesOf(scenarios[index], each.value, told) : [],
    ),
  );
  const standIns = { stripe: world.sandboxUrl, mail: world.sandboxUrl };
  const findings = await checkWorld(db, standIns, { patienceSeconds }, orderIds);
  const isSound =
    failures.length === 0 &&
    outcomes.every(({ faults }) => faults.length === 0) &&
    findings.every(({ broken, examined }) => broken === 0 && examined > 0);
  return { isSound, outcomes, findings, failures };
}

function outcomesOf(
  scenario: Scenario | undefined,
  orders: readonly CustomerOrder[],
  tellings: Map<string, Told>,
): Promise<Outcome>[] {
  return orders.map(async ({ id, number, totalMinor, read }, index) => {
    const { status, paymentStatus: money } = await read();
    const wanted = scenario?.ends[index];
    const wantedMoney = scenario?.money?.[index] ?? (wanted === "paid" ? "paid" : "unpaid");
    const told = tellings.get(id) ?? { mails: [], texts: 0, faults: ["nobody looked"] };
    const wrongEnd = status === wanted ? [] : [`${status} in place of ${wanted}`];
    const wrongMoney = money === wantedMoney ? [] : [`${money} in place of ${wantedMoney}`];
    const what = scenario?.what ?? "";
    const faults = [...wrongEnd, ...wrongMoney, ...told.faults];
    return { what, number, totalMinor, status, money, told, faults };
  });
}
