import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import type { Settings } from "../../config.ts";
import { leased } from "../../db/clock.ts";
import type { Trx } from "../../db/transaction.ts";
import { channelOf, recipientOf } from "../../notifications/staff/recipients.ts";
import type { AlarmLine, OnCallLetter } from "../../notifications/staff/staff-messages.ts";
import type { Hint } from "../../queues/hint.ts";
import { diagnoses, diagnosisCodes } from "../diagnosis/codes.ts";
import { type SystemProblem, systemTitles } from "../problems/system-problems.ts";
import type { Alarm } from "./alarms.ts";

/** So many orders are named in a letter for each thing that is the matter. */
const ordersNamed = 10;

/** What those on call read: one line for each thing, however many orders it is about. */
export function letterOf(
  { raised, over }: { raised: readonly Alarm[]; over: readonly Alarm[] },
  system: readonly SystemProblem[],
): OnCallLetter {
  const told = (code: string) => system.find((problem) => problem.code === code)?.sentence ?? null;
  return { raised: linesOf(raised, told), over: linesOf(over, () => null) };
}

function linesOf(alarms: readonly Alarm[], told: (code: string) => string | null): AlarmLine[] {
  const groups = Map.groupBy(alarms, ({ code }) => code);
  return [...groups]
    .toSorted(([one], [other]) => placeOf(one) - placeOf(other))
    .map(([code, those]) => {
      const orders = those.flatMap(({ orderId: id, number }) =>
        id && number ? { id, number } : [],
      );
      return {
        ...{ title: titleOf(code), about: told(code) },
        orders: orders.slice(0, ordersNamed),
        more: Math.max(0, orders.length - ordersNamed),
      };
    });
}

const titles: Record<string, string> = {
  ...systemTitles,
  ...Object.fromEntries(Object.entries(diagnoses).map(([code, { title }]) => [code, title])),
};

/** A code that an earlier release knew is shown as it is. */
const titleOf = (code: string) => (Object.hasOwn(titles, code) ? titles[code] : undefined) ?? code;

/** What belongs to no order comes first, and then the more serious. */
function placeOf(code: string): number {
  return Object.hasOwn(systemTitles, code)
    ? -1
    : (diagnosisCodes as readonly string[]).indexOf(code);
}

/** Writes the letter for each of those on call. */
export async function writeLetters(
  trx: Trx,
  settings: Pick<Settings, "LEASE_SECONDS">,
  to: readonly string[],
  letter: OnCallLetter,
): Promise<Hint[]> {
  const letters = to.map((address) => ({
    ...{ id: uuidv7(), channel: channelOf(address), recipient: recipientOf(address) },
  }));
  await sql`
    INSERT INTO notifications (id, template, channel, recipient, letter, due_at)
    SELECT id, 'on_call', channel, recipient, ${JSON.stringify(letter)}::jsonb, ${leased(settings)}
    FROM unnest(
      ${letters.map(({ id }) => id)}::uuid[], ${letters.map(({ channel }) => channel)}::text[],
      ${letters.map(({ recipient }) => recipient)}::text[]
    ) AS written (id, channel, recipient)`.execute(trx);
  return letters.map(({ id }) => ({
    ...{ queue: "notification", kind: "send_message", id, version: 1, round: 0, order: null },
  }));
}
