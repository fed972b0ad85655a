import type { ActName } from "./acts/act.ts";
import type { DiagnosisCode } from "./diagnosis/codes.ts";

export type { DiagnosisCode } from "./diagnosis/codes.ts";
export { diagnoses, diagnosisCodes } from "./diagnosis/codes.ts";

export type Diagnosis = {
  code: DiagnosisCode;
  /** `problem`: a person is needed, or will be soon. `waiting`: somebody else is at work. */
  severity: "fine" | "waiting" | "problem";
  /** What is the matter, in plain words, for people who know shops and not our code. */
  sentence: string;
  /** What it is concluded from, the most telling first. */
  evidence: { what: string; at: Date | null }[];
  /** Since when it is so. */
  since: Date | null;
  /** How much of the customer's or the shop's money hangs on it, in the order's minor units. */
  atStakeMinor: number;
  /** The one act that helps, with what it would do; null where waiting is right. */
  recommended: { act: ActName; input: Record<string, unknown>; dryRun: string[] } | null;
};
