import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { neededEvents } from "../../../payments/inbox.ts";
import { type EventStatus, eventStatuses } from "../../../payments/lifecycle.ts";
import type { OpsEnv } from "../../access/authenticate.ts";
import { csrfField } from "../../access/csrf.ts";
import { seenBy } from "../../access/mask.ts";
import { requireRole } from "../../access/require-role.ts";
import { may } from "../../access/roles.ts";
import { performWithoutOrder } from "../../acts/perform-without-order.ts";
import type { PageParts } from "../../app.ts";
import { formAddress } from "../acts/act-fields.ts";
import { performerOf } from "../acts/performer.ts";
import { type Html, html } from "../html.ts";
import { empty, pageHead } from "../parts/notice.ts";
import {
  type Age,
  ages,
  type InboxQuery,
  type InboxRow,
  inboxPageSize,
  inboxSeen,
  listInbox,
  readEvent,
  readInboxState,
} from "./read-inbox.ts";
import { addressOf as eventAddress, eventPage, replayForm, webhooksPage } from "./webhooks-page.ts";

const topic = "webhooks";

/** Stripe's events in our inbox. */
export function webhookPages(parts: PageParts): Hono<OpsEnv> {
  const { db, live, show } = parts;
  const pages = new Hono<OpsEnv>();
  live.registerTopic(topic, async (keys) => {
    const seen = await inboxSeen(db);
    return keys.map(() => seen);
  });

  pages.get("/", async (c) => {
    const watched = await live.begin(topic);
    const query = queryOf((name) => c.req.query(name) || null);
    const [state, events] = await Promise.all([readInboxState(db), listInbox(db, query)]);
    const shown = seenBy(c.get("operator"), events.slice(0, inboxPageSize));
    const last = events.length > inboxPageSize ? shown.at(-1) : undefined;
    const content = webhooksPage({
      ...{ now: new Date(), query, types: neededEvents, events: shown },
      state: seenBy(c.get("operator"), state),
      older: last ? addressOf(query, last) : null,
      newest: query.before === null ? null : addressOf(query, null),
    });
    return show(c, { title: "Webhooks", current: "webhooks", live: watched, content });
  });

  pages.get("/:id", async (c) => {
    const event = await readEvent(db, c.req.param("id"));
    if (!event) {
      const words = "Look at all of them under Webhooks, or search for an order.";
      const content = html`${pageHead("Webhooks")}${empty("There is no such event", words)}`;
      return show(c, { title: "No such event", current: "webhooks", content }, 404);
    }
    const seen = seenBy(c.get("operator"), event);
    const content = eventPage(seen, new Date(), replayOffer(c, event));
    return show(c, { title: event.type, current: "webhooks", content });
  });

  // Of an event that belongs to an order, replaying it is an act on that order: see its form.
  pages.post("/:id/replay", requireRole("operator"), async (c) => {
    const form = await c.req.parseBody();
    const eventId = c.req.param("id");
    await performWithoutOrder(parts, performerOf(c.get("operator")), {
      ...{ act: "replay_webhook", input: { eventId }, dryRun: false, ifMatch: null },
      ...{ reason: String(form["reason"] ?? ""), idempotencyKey: String(form["key"] ?? "") },
    });
    return c.redirect(eventAddress(eventId), 303);
  });
  return pages;
}

/** The button that has it looked at again; null where this operator may not. */
function replayOffer(c: Context<OpsEnv>, { id, orderId }: InboxRow): Html | null {
  if (!may(c.get("operator"), "operator")) return null;
  if (orderId === null) return replayForm(id, csrfField(c), randomUUID());
  const wish = { act: "replay_webhook" as const, input: { eventId: id } };
  return html`<a class="button primary" href="${formAddress(orderId, wish)}">Replay</a>`;
}

function queryOf(given: (name: string) => string | null): InboxQuery {
  const status = given("status");
  const source = given("source");
  const age = given("age");
  const [micros = "", id = ""] = (given("before") ?? "").split("~");
  return {
    status: eventStatuses.find((known): known is EventStatus => known === status) ?? null,
    type: neededEvents.find((known) => known === given("type")) ?? null,
    source: source === "webhook" || source === "cursor" ? source : null,
    age: (Object.keys(ages) as Age[]).find((known) => known === age) ?? null,
    before: /^\d{1,16}$/.test(micros) && id !== "" ? { micros: Number(micros), id } : null,
  };
}

function addressOf({ status, type, source, age }: InboxQuery, last: InboxRow | null): string {
  const before = last && `${last.receivedMicros}~${last.id}`;
  const set = Object.entries({ status, type, source, age, before }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  return `/ops/webhooks?${new URLSearchParams(set)}`;
}
