import { follow } from "../../orders/in-batches.ts";
import { type FoundBreak, recordBreak } from "../../payments/breaks.ts";
import type { Span } from "../../payments/gateway.ts";
import type { StripeMeans, Syncs } from "../sync.ts";

export type BooksMeans = StripeMeans & { syncs: Syncs };

/** The comparison of one list under way: what it looks at, and what it has found so far. */
export type Comparing = BooksMeans & {
  span: Span;
  signal: AbortSignal;
  /** PostgreSQL's time before Stripe was last asked for a page. */
  at: string;
  /** Stripe's ids of everything that its list had. */
  seen: Set<string>;
  found: Findings;
};

type Findings = {
  intents: number;
  refunds: number;
  disputes: number;
  /** Objects of other installations on the same account: they are left alone. */
  foreign: number;
  breaks: number;
  /** Fees that nobody had booked. */
  fees: number;
  /** What we have and the lists had not, and was too much to be looked for in one go. */
  unread: number;
};

/** Puts a break on record, and wakes whoever settles what is left open of it. */
export async function note(comparing: Comparing, found: FoundBreak): Promise<void> {
  comparing.found.breaks++;
  const hints = await recordBreak(comparing.db, comparing.settings, found);
  follow(comparing, { hints });
}
