import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import type { Db } from "../../db/connect.ts";
import { lostDeliveries } from "../../notifications/lifecycle.ts";
import {
  breakSettledWithin,
  endpointDownWithin,
  healsWithin,
  invariantsCheckedSince,
  stripeAwayWithin,
} from "../diagnosis/patience.ts";
import { none, type UnseenMoney, unseenMoney, wordsOf } from "./unseen-money.ts";

/** What may be the matter that belongs to no order, the most serious first. */
export const systemTitles = {
  writes_stopped: "Nothing may be written to Stripe",
  no_sweeper: "Nobody wakes what waits",
  invariant_broken: "Something that must be true is not",
  invariant_not_checked: "Something that must be true is not looked at",
  events_not_read: "Stripe's events are not read",
  comparison_failing: "The comparison with Stripe's books fails",
  break_without_order: "Money at Stripe that no order explains",
  events_unmatched: "Events that fit no payment",
  events_abandoned: "Events that were given up",
  endpoint_disabled: "A system that is not told any more",
  endpoint_failing: "A system that does not hear us",
  staff_not_told: "Messages to staff do not arrive",
} as const;
type SystemCode = keyof typeof systemTitles;

export type SystemProblem = {
  code: SystemCode;
  title: string;
  severity: "problem";
  /** In plain words, with what to do. */
  sentence: string;
  /** What may be lost sight of by it, by currency, in minor units. */
  atStakeMinor: Record<string, number>;
  since: Date | null;
  count: number;
  /** The first of what it is about, by their ids or names. */
  subjects: string[];
};

type Found = {
  since: Date | null;
  count: number;
  subjects: string[] | null;
  reason: string | null;
};

/** The sweeper beats each second. */
const beatWithin = 30;
/** A night, and the tries after one that failed. */
const comparedWithinHours = 36;
const shownAbandonedDays = 7;
const staffTriedHours = 24;
const mostSubjects = 20;

const gathered = (id: string) => sql`count(*)::integer AS count,
  (array_agg(${sql.ref(id)}::text))[1:${sql.lit(mostSubjects)}] AS subjects`;

/** Each answers one row; it is a problem where it counts any. */
const looksOf = (settings: SystemMeans["settings"]) => ({
  writes_stopped: sql`
    SELECT ${gathered("id")}, max(stopped_because) AS reason, NULL::timestamptz AS since
    FROM installation WHERE stopped_because IS NOT NULL`,
  no_sweeper: sql`
    SELECT (coalesce(max(at), '-infinity') < now() - make_interval(secs => ${beatWithin}))::integer
      AS count, max(at) AS since, NULL::text[] AS subjects, NULL AS reason
    FROM heartbeats WHERE role = 'sweeper'`,
  invariant_broken: sql`
    SELECT ${gathered("name")}, min(promise) AS reason, min(checked_at) AS since
    FROM invariant_findings WHERE broken > 0`,
  invariant_not_checked: sql`
    SELECT ${gathered("name")}, NULL AS reason, nullif(min(checked_at), 'epoch') AS since
    FROM invariant_findings
    WHERE checked_at < ${invariantsCheckedSince(settings)}`,
  events_not_read: sql`
    SELECT ${gathered("name")}, max(last_error) AS reason, min(position) AS since
    FROM stripe_cursors WHERE name = 'events' AND (last_error IS NOT NULL
      OR due_at < now() - make_interval(secs => ${healsWithin}))
      AND position < now() - make_interval(secs => ${stripeAwayWithin})`,
  comparison_failing: sql`
    SELECT ${gathered("name")}, max(last_error) AS reason, min(position) AS since
    FROM stripe_cursors WHERE name <> 'events' AND (last_error IS NOT NULL
      OR position < now() - make_interval(hours => ${comparedWithinHours}))`,
  break_without_order: sql`
    SELECT ${gathered("object_id")}, max(last_error) AS reason, min(found_at) AS since
    FROM breaks WHERE status = 'open' AND order_id IS NULL
      AND found_at < now() - make_interval(secs => ${breakSettledWithin})`,
  events_unmatched: sql`
    SELECT ${gathered("id")}, max(last_error) AS reason, min(received_at) AS since
    FROM webhook_events WHERE due_at IS NOT NULL
      AND (last_error IS NOT NULL OR sweeps > 2 OR status = 'unmatched')
      AND payment_id IS NULL AND received_at < now() - make_interval(secs => ${healsWithin})`,
  events_abandoned: sql`
    SELECT ${gathered("id")}, max(last_error) AS reason, min(settled_at) AS since
    FROM webhook_events WHERE status = 'abandoned'
      AND settled_at > now() - make_interval(days => ${shownAbandonedDays})`,
  endpoint_disabled: sql`
    SELECT ${gathered("id")}, max(failure) AS reason, min(down_since) AS since
    FROM webhook_endpoints WHERE status = 'disabled' AND disabled_by = 'failure'`,
  endpoint_failing: sql`
    SELECT ${gathered("id")}, max(failure) AS reason, min(down_since) AS since
    FROM webhook_endpoints WHERE status = 'failing'
      AND down_since < now() - make_interval(secs => ${endpointDownWithin})`,
  staff_not_told: sql`
    SELECT ${gathered("id")}, max(coalesce(delivery_reason, reason)) AS reason,
      min(created_at) AS since
    FROM notifications WHERE recipient <> 'customer'
      AND created_at > now() - make_interval(hours => ${staffTriedHours})
      AND (status = 'failed' OR delivery = ANY(${[...lostDeliveries]}::text[]))`,
});

type SystemMeans = { db: Db; settings: Pick<Settings, "INVARIANT_MINUTES"> };

/** What is the matter besides single orders. */
export async function systemProblems({ db, settings }: SystemMeans): Promise<SystemProblem[]> {
  const codes = Object.keys(systemTitles) as SystemCode[];
  const looks = looksOf(settings);
  const parts = codes.map(
    (code) => sql`SELECT ${sql.lit(code)} AS code, count, subjects, reason, since
      FROM (${looks[code]}) AS ${sql.ref(code)}`,
  );
  const { rows } = await sql<Found & { code: SystemCode }>`
    ${sql.join(parts, sql` UNION ALL `)}`.execute(db);
  const found = rows
    .filter(({ count }) => count > 0)
    .toSorted((one, other) => codes.indexOf(one.code) - codes.indexOf(other.code));
  const isBlind = found.some(({ code }) => code === "events_not_read");
  const blind = isBlind ? await unseenMoney(db) : none;
  return found.map(({ code, ...about }) => ({
    ...{ code, title: systemTitles[code], severity: "problem" as const },
    sentence: sentences[code](about, blind),
    atStakeMinor: code === "events_not_read" ? blind.atStakeMinor : {},
    ...{ since: about.since, count: about.count, subjects: about.subjects ?? [] },
  }));
}

const because = ({ reason }: Found) => (reason ? ` The last reason: ${reason}` : "");

const sentences: Record<SystemCode, (found: Found, blind: UnseenMoney) => string> = {
  writes_stopped: ({ reason }) =>
    `Nothing is written to Stripe: ${reason} Decide with npm run installation -- keep or renew.`,
  no_sweeper: ({ since }) =>
    since === null
      ? "No sweeper runs here. Start the sweeper, or a worker in the role of all."
      : "The sweeper is silent, so nothing heals by itself. Start it again.",
  invariant_broken: ({ count, reason }) =>
    `${count} of Aurora's promises do not hold, such as: ${reason} See Health.`,
  invariant_not_checked: ({ count, subjects }) =>
    `${count} of Aurora's promises were not looked at lately, such as ${subjects?.[0]}: what ` +
    "Health says of them is old. A check that takes too long, or no sweeper, is the reason.",
  events_not_read: (found, blind) =>
    `Stripe's events are not read, so only webhooks tell of payments.${because(found)} ` +
    wordsOf(blind),
  comparison_failing: (found) =>
    `Stripe's books and ours are not compared as they should be.${because(found)}`,
  break_without_order: (found) =>
    `${found.count} objects at Stripe fit no order of ours.${because(found)}`,
  events_unmatched: ({ count }) =>
    `${count} of Stripe's events bear our stamp and fit no payment. They are tried for three days.`,
  events_abandoned: (found) =>
    `${found.count} of Stripe's events were given up.${because(found)} Replay them from Webhooks.`,
  endpoint_disabled: (found) =>
    `${endpoints(found)} failed for three days, and nothing is sent there any more.` +
    `${because(found)} Once it answers, enable it under Webhooks, Out, and tell it again.`,
  endpoint_failing: (found) =>
    `${endpoints(found)} can't be told anything at present: all waits, for three days at most.` +
    `${because(found)} See Webhooks, Out.`,
  staff_not_told: (found) =>
    `${found.count} messages to staff could not be sent or came back.${because(found)} Mend the ` +
    "addresses in STAFF_RULES; this is shown for a day.",
};

const endpoints = ({ count }: Found) => (count === 1 ? "1 endpoint" : `${count} endpoints`);
