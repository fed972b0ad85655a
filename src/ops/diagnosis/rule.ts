import type { ActName } from "../acts/act.ts";
import type { OrderFacts } from "../facts/facts.ts";
import type { DiagnosisCode } from "./codes.ts";

export type Severity = "fine" | "waiting" | "problem";
export type Evidence = { what: string; at: Date | null };
/** An act that would help. */
export type Advice = { act: ActName; input: Record<string, unknown> };

/** Something that is true of an order, found by one rule. */
export type Finding = {
  code: DiagnosisCode;
  severity: Severity;
  sentence: string;
  /** The sentence where more is the matter, if `sentence` says that nothing else is. */
  besides?: string;
  /** What it says already, so that it is not said of the order once more. */
  covers?: readonly DiagnosisCode[];
  /** The most telling first. */
  evidence: Evidence[];
  since: Date | null;
  atStakeMinor: number;
  /** What would help, the best first: the first that is possible is recommended. */
  advice?: Advice[];
  /**
   * When it happened, where it is over and only wants a person's look: one who looked later has
   * dealt with it.
   */
  happened?: Date | null;
  /** It goes on after a person has dealt with it: then it is waited for. */
  goesOn?: boolean;
};

/** Looks for one thing; null where it is not so. */
export type Rule = (facts: OrderFacts) => Finding | null;
