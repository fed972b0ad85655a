import type Stripe from "stripe";
import { Unavailable } from "../errors.ts";
import type { EventPage, EventQuery, Span } from "../payments/gateway.ts";
import { neededEvents } from "../payments/inbox.ts";
import type { Ask, Endpoint } from "./ask.ts";
import { readEvent } from "./read-event.ts";
import { walkWhole } from "./walk-whole.ts";

/** Stripe's largest page, and the most pages that are read in one go: 20,000 objects. */
export const pageSize = 100;
const mostPages = 200;

/** However wrong our clock is, nothing is made after this. */
const aheadMilliseconds = 366 * 24 * 3_600_000;

type Page<Item> = { data: Item[]; has_more: boolean };

/** Walks one of Stripe's lists, page by page, and never without end. */
export async function* walk<Item extends { id: string }, Read>(
  ask: Ask,
  endpoint: Endpoint,
  list: (page: { limit: number; starting_after?: string }) => Promise<Page<Item>>,
  read: (item: Item) => Read,
): AsyncIterable<Read[]> {
  let after: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const place = after === undefined ? {} : { starting_after: after };
    const { data, has_more } = await ask(endpoint, () => list({ limit: pageSize, ...place }));
    yield data.map(read);
    after = data.at(-1)?.id;
    if (!has_more || after === undefined) return;
  }
  // A list over a span of time goes on by itself: see walkWhole. Any other is no list of ours.
  const message = `Stripe lists more than ${mostPages * pageSize} objects at ${endpoint}.`;
  throw new Unavailable("too_many_objects", message);
}

/** All pages as one list: for what one payment has, which is little. */
export async function all<Item>(pages: AsyncIterable<Item[]>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of pages) items.push(...page);
  return items;
}

export function createdIn({ since, until }: Span): Stripe.RangeQueryParam {
  return { gte: secondsOf(since), lt: secondsOf(until) };
}

export async function* listEvents(
  stripe: Stripe,
  ask: Ask,
  { since, undeliveredOnly }: EventQuery,
): AsyncIterable<EventPage> {
  let at: Date | null = null;
  const wanted: Stripe.EventListParams = { types: [...neededEvents] };
  if (undeliveredOnly) wanted.delivery_success = false;
  const read = (event: Stripe.Event) => readEvent(event, Buffer.from(JSON.stringify(event)));
  const list = (span: Span) => {
    const created = createdIn(span);
    const listPage = async (page: object) => {
      const answer = await stripe.events.list({ ...wanted, created, ...page });
      at ??= timeOf(answer);
      return answer;
    };
    return walk(ask, "GET /v1/events", listPage, read);
  };
  const until = new Date(Date.now() + aheadMilliseconds);
  for await (const events of walkWhole(list, { since, until })) yield { events, at };
}

/** When Stripe gave an answer, by its own clock. */
function timeOf({ lastResponse }: Stripe.Response<unknown>): Date | null {
  const time = Date.parse(lastResponse.headers["date"] ?? "");
  return Number.isNaN(time) ? null : new Date(time);
}

function secondsOf(moment: Date): number {
  return Math.floor(moment.getTime() / 1_000);
}
