import type { ActName, Plan } from "./acts/act.ts";
import type { DiagnosisCode } from "./diagnosis/codes.ts";
import { findingsOf } from "./diagnosis/findings.ts";
import type { Advice, Evidence, Finding, Severity } from "./diagnosis/rule.ts";
import type { OrderFacts } from "./facts/facts.ts";
import type { PaymentFact } from "./facts/money-facts.ts";

export { type DiagnosisCode, diagnoses, diagnosisCodes } from "./diagnosis/codes.ts";

export type Diagnosis = {
  code: DiagnosisCode;
  /** `problem`: a person is needed, or will be soon. `waiting`: somebody else is at work. */
  severity: Severity;
  /** What is the matter, in plain words, for people who know shops and not our code. */
  sentence: string;
  /** What it is concluded from, the most telling first. */
  evidence: Evidence[];
  /** Since when it is so. */
  since: Date | null;
  /** How much of the customer's or the shop's money hangs on it, in the order's minor units. */
  atStakeMinor: number;
  /** What else needs a person, where this is a problem: the most serious first. */
  also: { code: DiagnosisCode; sentence: string }[];
  /** The one act that helps, with what it would do; null where waiting is right. */
  recommended: { act: ActName; input: Record<string, unknown>; dryRun: string[] } | null;
};

/** What an act would do to an order, from the facts alone. */
export type PlanOf = (act: ActName, input: Record<string, unknown>, facts: OrderFacts) => Plan;

const severities: readonly Severity[] = ["problem", "waiting", "fine"];

/**
 * What is the matter with an order: the most serious thing that is true of it. What needs a person
 * comes before what is waited for, and that before what is as it should be.
 */
export function diagnose(facts: OrderFacts, planOf: PlanOf): Diagnosis {
  const findings = findingsOf(facts);
  const [first, ...others] = severities.flatMap((severity) =>
    findings.filter((finding) => finding.severity === severity),
  );
  // The last rule finds something in every order.
  if (!first) throw new Error(`Order ${facts.order.number} has no diagnosis.`);
  const { code, severity, sentence, evidence, since, atStakeMinor, advice = [] } = first;
  return {
    ...{ code, severity, sentence, evidence, since, atStakeMinor },
    also: alsoOf(first, others),
    recommended: recommend(facts, advice, planOf),
  };
}

/** The other problems, but for those that the ones before them tell of. */
function alsoOf(first: Finding, others: readonly Finding[]): Diagnosis["also"] {
  const problems = others.filter(({ severity }) => severity === "problem");
  const covered = new Set([first, ...problems].flatMap(({ covers = [] }) => covers));
  return problems
    .filter(({ code }) => !covered.has(code))
    .map(({ code, sentence, besides = sentence }) => ({ code, sentence: besides }));
}

const actsThatAsk: readonly ActName[] = ["check", "retry_payment"];
const askedFirst = "Stripe is asked first: what would follow is shown then.";

function isAtStripe({ intentId }: PaymentFact): boolean {
  return intentId !== null;
}

function recommend(
  facts: OrderFacts,
  advice: readonly Advice[],
  planOf: PlanOf,
): Diagnosis["recommended"] {
  const mustAsk = facts.stripe.state === "not_asked" && facts.payments.some(isAtStripe);
  for (const { act, input } of advice) {
    // In lists Stripe is not asked, and whoever does the act asks first.
    if (mustAsk && actsThatAsk.includes(act)) return { act, input, dryRun: [askedFirst] };
    const plan = planOf(act, input, facts);
    if (plan.possible) return { act, input, dryRun: plan.effects };
  }
  return null;
}
