/**
 * Errors are sorted by what should happen next, not by where they came from.
 * A worker or a route looks only at the class; the code is for logs and clients.
 */
abstract class AuroraError extends Error {
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = new.target.name;
    this.code = code;
  }
}

/** One thing that is wrong with a request: where (`lines[0].sku`), and what to do about it. */
export type FieldFault = { field: string; message: string };

/** The request is understood and refused. Never retried; the client sees a 4xx. */
export class Refused extends AuroraError {
  readonly faults: readonly FieldFault[];

  constructor(code: string, message: string, faults: readonly FieldFault[] = [], cause?: unknown) {
    super(code, message, cause);
    this.faults = faults;
  }
}

/** Nothing happened, and trying again later may work. Retried with backoff. */
export class Unavailable extends AuroraError {
  /** How long the other side asked us to wait, in seconds, when it said so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: string, message: string, cause?: unknown, retryAfterSeconds?: number) {
    super(code, message, cause);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * Nothing is wrong with it, only its time has not come: it was not tried at all. Come back then,
 * and do not count it as a failure.
 */
export class NotYet extends Unavailable {
  declare readonly retryAfterSeconds: number;

  constructor(code: string, message: string, retryAfterSeconds: number, cause?: unknown) {
    super(code, message, cause, retryAfterSeconds);
  }
}

/** We asked, and do not know whether it happened. Ask again under the same key, never a new one. */
export class OutcomeUnknown extends AuroraError {}

/** Our own rule is broken. Not retried: a person must look. */
export class InvariantBroken extends AuroraError {}

/** The code of any error, for logs and rows: ours, else the system's, else its class. */
export function codeOf(error: unknown): string {
  if (error instanceof AuroraError) return error.code;
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    return error.code;
  }
  return error instanceof Error ? error.name : "unknown_error";
}

/** The sentence of any error, cut to a length that fits a row or a log line. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, 500);
}
