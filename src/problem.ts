import type { FieldFault } from "./errors.ts";

/** A body can be wrong in a thousand places; nobody reads more than these. */
const mostFaults = 100;

/** What a problem is about, besides its kind. */
export type ProblemOccurrence = {
  detail: string;
  faults?: readonly FieldFault[] | undefined;
  requestId?: string | undefined;
  /** What this kind of problem says besides. */
  more?: Record<string, unknown> | undefined;
};

export const problemType = "application/problem+json";

/** The body of every answer that says no (RFC 9457): one shape for all our addresses. */
export function problemJson(
  name: string,
  { status, title }: { status: number; title: string },
  { detail, faults = [], requestId, more = {} }: ProblemOccurrence,
): Record<string, unknown> {
  return {
    type: `/problems/${name}`,
    title,
    status,
    detail,
    ...(faults.length > 0 ? { errors: faults.slice(0, mostFaults) } : {}),
    ...more,
    requestId,
  };
}
