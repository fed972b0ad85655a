import type { OrderFacts } from "../facts/facts.ts";
import type { DiagnosisCode } from "./codes.ts";
import type { Finding } from "./rule.ts";
import { rules } from "./rules.ts";

/** Everything that is true of an order, the most serious first. */
export function findingsOf(facts: OrderFacts): Finding[] {
  return rules.flatMap((rule) => {
    const finding = rule(facts);
    return finding ? (dealtWith(facts, finding) ?? []) : [];
  });
}

/** What a person has looked at since is no problem any more: it is over, or it is waited for. */
function dealtWith({ order }: OrderFacts, finding: Finding): Finding | null {
  const { severity, happened, goesOn } = finding;
  const isNew = order.settledAt === null || !happened || happened > order.settledAt;
  if (severity !== "problem" || isNew) return finding;
  return goesOn ? { ...finding, severity: "waiting", advice: [] } : null;
}

/** What becomes of each problem of an order once a person has said that it is dealt with. */
export type Settled = {
  code: DiagnosisCode;
  sentence: string;
  becomes: "over" | "waiting" | "problem";
};

export function settledProblems(facts: OrderFacts): Settled[] {
  const order = { ...facts.order, attention: null, settledAt: facts.now };
  const left = new Map(findingsOf({ ...facts, order }).map((each) => [each.code, each.severity]));
  return findingsOf(facts)
    .filter(({ severity }) => severity === "problem")
    .map(({ code, sentence, besides = sentence }) => {
      const severity = left.get(code) ?? "fine";
      return { code, sentence: besides, becomes: severity === "fine" ? "over" : severity };
    });
}
