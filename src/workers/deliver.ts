import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
import { NotYet } from "../errors.ts";
import type { Log } from "../log.ts";
import { inBatches } from "../orders/in-batches.ts";
import { type HistoryEvent, tellEvents } from "../orders/told-events.ts";
import type { Handlers } from "../queues/define-queue.ts";
import type { Hints } from "../queues/hints.ts";
import type { notificationQueue } from "../queues/notification.ts";
import { secondsToWait } from "../retry-after.ts";
import { type ClaimedDelivery, claimDeliveries } from "../webhooks/claim-deliveries.ts";
import type { Answer, Post } from "../webhooks/post.ts";
import { type ProbeAct, type Probed, probeEndpoints } from "../webhooks/probe-endpoints.ts";
import { type DeliveryOutcome, type Saved, saveOutcomes } from "../webhooks/save-outcomes.ts";
import { type SecretSafe, signedHeaders } from "../webhooks/secrets.ts";
import { longestRetryAfter } from "../webhooks/waits.ts";
import { withoutPerson } from "../without-person.ts";
import { copyWatch } from "./check-copy.ts";
import { persistently } from "./persistently.ts";

/** How endpoints are told, beside what every worker has. */
export type DeliveryMeans = { secrets: SecretSafe; post: Post };

type Means = { db: Db; hints: Hints; log: Log; settings: Settings } & DeliveryMeans;

/**
 * So many calls a process makes at once, in places of their own: mails never wait for an endpoint.
 * A shop has 20 endpoints with WEBHOOK_CONCURRENCY calls each (8 if nothing else is said), so that
 * all of one shop's can be slow and leave others more than half.
 */
export const mostCalls = 384;
const laterSeconds = 1;
/** So much of an answer is kept. */
const longestAnswer = 1_000;

/** Tells other systems of events: claimed, posted, booked. */
export function deliveryHandlers(
  means: Means,
): Pick<Handlers<typeof notificationQueue>, "deliver" | "probe_endpoint"> {
  const { settings, log } = means;
  const mustBeOurs = copyWatch(means.db);
  const claim = inBatches<string, ClaimedDelivery | null>(means, async (trx, ids) => {
    const claimed = await claimDeliveries(trx, settings, ids);
    // Two jobs of one delivery in a batch: only the first gets it.
    const take = (id: string) => {
      const delivery = claimed.get(id) ?? null;
      claimed.delete(id);
      return delivery;
    };
    return { results: ids.map(take) };
  });
  const save = inBatches<DeliveryOutcome, Saved | null>(means, async (trx, outcomes) => {
    const { saved, hints } = await saveOutcomes(trx, settings, outcomes);
    const byId = new Map(saved.map((each) => [each.id, each]));
    return { results: outcomes.map(({ id }) => byId.get(id) ?? null), hints };
  });
  const probe = inBatches<string, Probed | null>(means, async (trx, ids) => {
    const { probes, hints } = await probeEndpoints(trx, settings, ids);
    const byId = new Map(probes.map((each) => [each.endpointId, each]));
    return { results: ids.map((id) => byId.get(id) ?? null), hints };
  });

  const deliver = async (id: string) => {
    const delivery = await claim(id);
    if (delivery === null) return "told, or it waits for its endpoint";
    const outcome = await call(means, delivery);
    // What is known must not be lost to a moment without PostgreSQL: it would be told again.
    const saved = await persistently(() => save(outcome));
    report(log, delivery, outcome, saved);
    return undefined;
  };
  let calls = 0;
  return {
    async deliver({ id }, { signal }) {
      await mustBeOurs();
      signal.throwIfAborted();
      // The place is taken before the claim: of those that ask together, none is looked past.
      if (calls >= mostCalls) {
        throw new NotYet("webhooks_busy", "All calls to endpoints are taken.", laterSeconds);
      }
      calls++;
      return await deliver(id).finally(() => calls--);
    },

    async probe_endpoint({ id }) {
      await mustBeOurs();
      const probed = await probe(id);
      return probed === null ? "it does not fail any more" : saidOf[probed.act];
    },
  };
}

const saidOf = {
  let_through: "one delivery was let through",
  under_way: "the one that was let through is under way",
  nothing_waits: "nothing waits for it",
  trial: "a trial was sent",
} as const satisfies Record<ProbeAct, string>;

async function call(
  { db, secrets, post }: Means,
  delivery: ClaimedDelivery,
): Promise<DeliveryOutcome> {
  const startedAt = performance.now();
  const answer = await tell({ db, secrets, post }, delivery);
  const { id, endpointId, tries, claimedAt } = delivery;
  const excerpt = answer.status === null ? "" : shown(answer.excerpt);
  return {
    ...{ id, endpointId, tries, claimedAt },
    milliseconds: performance.now() - startedAt,
    httpStatus: answer.status,
    reason: whyNot(answer),
    answer: excerpt === "" ? null : excerpt,
    retryAfterSeconds:
      answer.status === null ? null : (secondsToWait(answer.retryAfter, longestRetryAfter) ?? null),
  };
}

async function tell(
  { db, secrets, post }: Pick<Means, "db" | "secrets" | "post">,
  { id, url, secret, oldSecret, claimedAt, event }: ClaimedDelivery,
): Promise<Answer> {
  const opened = [secret, ...(oldSecret ? [oldSecret] : [])].flatMap(
    (each) => secrets.open(each) ?? [],
  );
  if (opened.length === 0) {
    const reason = "No key opens the endpoint's secret. Check CONTACT_KEY, or rotate the secret.";
    return { status: null, reason };
  }
  const message =
    event === null ? trial(id, claimedAt) : await messageOf(db, event as HistoryEvent);
  const body = JSON.stringify(message);
  return await post(url, body, signedHeaders({ id: message.id, at: claimedAt, body }, opened));
}

/** The event in the very words of the feed and of the live streams. */
async function messageOf(db: Db, event: HistoryEvent): Promise<{ id: string }> {
  const [told] = await tellEvents(db, [event], { isGuest: false });
  if (told) return told;
  throw new RangeError(`The event ${event.orderId}-${event.seq} is told to nobody.`);
}

function trial(id: string, at: Date): { id: string } & Record<string, unknown> {
  return { id: `test-${id}`, type: "webhook.test", at: at.toISOString(), data: {} };
}

function whyNot(answer: Answer): string | null {
  if (answer.status === null) return answer.reason;
  const { status } = answer;
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) {
    return `It answered ${status}. Redirects are not followed: set the address they lead to.`;
  }
  return `It answered ${status}.`;
}

/** An answer as the log keeps it: readable, short, and without persons. */
function shown(excerpt: string): string {
  const readable = excerpt.replace(/[\p{Cc}\p{Cn}\uFFFD]+/gu, " ").trim();
  return withoutPerson(readable, longestAnswer).toWellFormed();
}

function report(
  log: Log,
  { id: deliveryId, endpointId, event }: ClaimedDelivery,
  { reason, milliseconds }: DeliveryOutcome,
  saved: Saved | null,
): void {
  const order = event && { orderId: event.orderId, order: event.orderNumber };
  const about = { deliveryId, endpointId, ...order, milliseconds: Math.round(milliseconds) };
  if (reason === null) log.info("webhook_delivered", about);
  else log.warn("webhook_not_delivered", { ...about, status: saved?.status ?? null, reason });
  if (!saved || saved.endpointStatus === saved.endpointWas) return;
  const { endpointStatus: to, endpointWas: from } = saved;
  const say = to === "enabled" ? log.info : log.warn;
  say("webhook_endpoint_turned", { endpointId, from, to, reason });
}
