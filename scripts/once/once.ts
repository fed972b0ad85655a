import { showFindings, violationsIn } from "../world/check-world.ts";
import { StopWish } from "../world/stop-signal.ts";
import { type OnceResult, runOnce } from "./run-once.ts";
import type { Ending } from "./scenario.ts";

/**
 * npm start -- --once [--json]: at least twenty orders that go every way there is, in a world
 * that lives no longer than they do. Answers the exit code.
 */
export async function once(wishes: {
  env: NodeJS.ProcessEnv;
  json: boolean;
  say: (line: string) => void;
  signal: AbortSignal;
}): Promise<number> {
  const startedAt = Number(wishes.env["AURORA_STARTED_AT"] ?? Date.now());
  let result: OnceResult;
  try {
    result = await runOnce(wishes);
  } catch (error) {
    if (!(error instanceof StopWish)) throw error;
    wishes.say("Given up before the end");
    return 1;
  }
  const seconds = Math.round((Date.now() - startedAt) / 100) / 10;
  console.log(`${showOutcomes(result)}\n\n${showFindings(result.findings)}`);
  if (wishes.json) console.log(JSON.stringify(summaryOf(result, seconds)));
  return result.isSound ? 0 : 1;
}

function summaryOf({ outcomes, findings, failures }: OnceResult, seconds: number) {
  const ended = (status: Ending) => outcomes.filter((each) => each.status === status).length;
  return {
    orders: outcomes.length,
    paid: ended("paid"),
    fulfilling: ended("fulfilling"),
    completed: ended("completed"),
    rejected: ended("rejected"),
    expired: ended("expired"),
    cancelled: ended("cancelled"),
    refunded: outcomes.filter(({ money }) => money.endsWith("refunded")).length,
    disputed: outcomes.filter(({ money }) => money === "disputed").length,
    emails: outcomes.reduce((sum, { told }) => sum + told.mails.length, 0),
    sms: outcomes.reduce((sum, { told }) => sum + told.texts, 0),
    violations: violationsIn(findings),
    faults: failures.length + outcomes.filter(({ faults }) => faults.length > 0).length,
    seconds,
  };
}

const endingWidth = "completed, partially_refunded".length;

function showOutcomes({ outcomes, failures }: OnceResult): string {
  const width = Math.max(...outcomes.map(({ what }) => what.length), 0);
  const rows = outcomes.map(({ what, number, totalMinor, status, money, told, faults }) => {
    const total = (totalMinor / 100).toFixed(2).padStart(8);
    const tidings = [...told.mails, ...(told.texts > 0 ? [`${told.texts} by phone`] : [])].join(
      ", ",
    );
    const ending = money === "unpaid" || money === status ? status : `${status}, ${money}`;
    const fault = faults.length > 0 ? `  WRONG: ${faults.join("; ")}` : "";
    const order = `${what.padEnd(width)}  ${number}  ${total}  ${ending.padEnd(endingWidth)}`;
    return `  ${order}  ${tidings}${fault}`;
  });
  return [...rows, ...failures.map((failure) => `  FAILED  ${failure}`)].join("\n");
}
