import type { Context } from "hono";
import type { FieldFault } from "../errors.ts";
import type { ApiEnv } from "./environment.ts";
import { answerProblem } from "./problem-response.ts";
import type { ProblemName } from "./problems.ts";

type Issue = { code?: string; path: PropertyKey[]; message: string; keys?: string[] };
type Verdict = { target: string; success: boolean; error?: { issues: readonly unknown[] } };

/** Names of fields come from outside: so much of one is enough to find it. */
const longestField = 100;

const problemOf: Record<string, ProblemName> = {
  json: "invalid_body",
  query: "invalid_query",
  header: "invalid_header",
  param: "not_found",
};

/** Answers what the schemas of a route refuse, naming every field at fault. */
export function refuseInvalid(verdict: Verdict, c: Context<ApiEnv>): Response | undefined {
  if (verdict.success) return undefined;
  const issues = (verdict.error?.issues ?? []) as readonly Issue[];
  const faults = issues.flatMap(faultsOf).map(({ field, message }) => ({
    field: verdict.target === "header" ? headerName(field) : field,
    message,
  }));
  return answerProblem(c, problemOf[verdict.target] ?? "bad_request", summary(faults), faults);
}

function faultsOf(issue: Issue): FieldFault[] {
  if (issue.code !== "unrecognized_keys") {
    return [{ field: fieldOf(issue.path), message: sentence(issue.message) }];
  }
  return (issue.keys ?? []).map((key) => ({
    field: fieldOf([...issue.path, key]),
    message: "There is no such field. Remove it, or check its spelling.",
  }));
}

/** The validator's own words, where a schema has none of its own, as a sentence that helps. */
function sentence(message: string): string {
  const [, expected, received] =
    /^Invalid input: expected (\w+), received (\w+)$/.exec(message) ?? [];
  if (received === "undefined") return "Is required.";
  if (expected !== undefined) return `Must be a JSON ${expected}, not a ${received}.`;
  return message;
}

/** A path as people write it, such as `lines[0].sku`. */
function fieldOf(path: readonly PropertyKey[]): string {
  const text = path.reduce<string>((before, step) => {
    if (typeof step === "number") return `${before}[${step}]`;
    return before === "" ? String(step) : `${before}.${String(step)}`;
  }, "");
  return text === "" ? "body" : text.toWellFormed().slice(0, longestField);
}

/** As the header is written in documents: `Idempotency-Key`. */
function headerName(field: string): string {
  return field.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
}

function summary(faults: readonly FieldFault[]): string {
  const [first] = faults;
  if (!first) return "Mend the fields that are named under errors.";
  const others = faults.length > 1 ? ` And ${faults.length - 1} more under errors.` : "";
  return `${first.field}: ${first.message}${others}`;
}
