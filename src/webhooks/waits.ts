import { type RawBuilder, sql } from "kysely";
import type { Settings } from "../config.ts";

/** An endpoint that is away is believed to come back for so long; so is each delivery. */
const givesUpSeconds = 3 * 24 * 3_600;
export const givesUp = sql`make_interval(secs => ${givesUpSeconds})`;

/** After so many failures in a row the endpoint is failing, and asked with one delivery. */
export const failuresThatOpen = 5;

/** Five failures in a row come within so long where anything is sent at all. */
export const longestOpening = sql`interval '1 hour'`;

/** Waits differ by up to this share in both directions: what failed together comes apart. */
const jitter = 0.2;

/** So long a wait an endpoint may ask for by Retry-After. */
export const longestRetryAfter = 3_600;

type Waits = Pick<Settings, "WEBHOOK_RETRY_SECONDS" | "WEBHOOK_PROBE_SECONDS">;

/** SQL of the seconds to wait after so many tries; the last wait repeats. */
export function retryWait(settings: Waits, tries: RawBuilder<unknown>): RawBuilder<number> {
  return waitIn(settings.WEBHOOK_RETRY_SECONDS, tries);
}

/** SQL of the seconds until a failing endpoint is asked again. */
export function probeWait(settings: Waits, failures: RawBuilder<unknown>): RawBuilder<number> {
  return waitIn(settings.WEBHOOK_PROBE_SECONDS, sql`${failures} - ${failuresThatOpen - 1}`);
}

function waitIn(waits: readonly number[], count: RawBuilder<unknown>): RawBuilder<number> {
  return sql`(${waits}::double precision[])[greatest(1, least(${count}, ${waits.length}))::integer]
    * (1 + (random() * 2 - 1) * ${jitter})`;
}

/** A call may take so long, to its last byte; whoever claimed it and is silent longer has died. */
export function callLease(
  settings: Pick<Settings, "WEBHOOK_TIMEOUT_SECONDS">,
): RawBuilder<unknown> {
  return sql`make_interval(secs => ${settings.WEBHOOK_TIMEOUT_SECONDS * 2 + 15})`;
}
