import { OutcomeUnknown, Refused, Unavailable } from "../../src/errors.ts";
import { awayCode } from "../../src/ops/acts/apply-stripe.ts";

/** How the command ends, for scripts. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  changed: 4,
  notFound: 5,
  problems: 6,
} as const;

const usage: readonly string[] = [
  ...["invalid_act", "version_required", "idempotency_key_reused", "act_not_found"],
];

/** The exit code of an error that people can do something about; null for any other. */
export function exitCodeOf(error: unknown): number | null {
  if (error instanceof Unavailable || error instanceof OutcomeUnknown) return exitCodes.failed;
  if (!(error instanceof Refused)) return null;
  return exitCodeOfRefusal(error.code);
}

export function exitCodeOfRefusal(code: string): number {
  if (code === awayCode) return exitCodes.failed;
  if (code === "order_changed") return exitCodes.changed;
  if (code.endsWith("_not_found")) return exitCodes.notFound;
  return usage.includes(code) ? exitCodes.usage : exitCodes.refused;
}
