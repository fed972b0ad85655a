import { patiently } from "../../db/patience.ts";
import { inTransaction, type Trx } from "../../db/transaction.ts";
import { Refused, reasonOf, Unavailable } from "../../errors.ts";
import { follow } from "../../orders/in-batches.ts";
import { orderNamed } from "../../payments/replay-events.ts";
import { collectFacts } from "../facts/collect-facts.ts";
import type { OrderFacts } from "../facts/facts.ts";
import type { ActMeans, Done, Plan } from "./act.ts";
import { type ActRequest, type Performer, readWish, refuseRole } from "./act-request.ts";
import { awayCode } from "./apply-stripe.ts";
import { type OrderState, readState, stateOf } from "./order-state.ts";
import {
  type ActInHand,
  findRecorded,
  inHand,
  lockKey,
  lockWhole,
  type Recorded,
  record,
  remarkAct,
} from "./record.ts";
import { rehearse } from "./rehearse.ts";
import { orderChanged, orderNotFound, versionRequired } from "./stale-order.ts";

/** What came of an act; `replayed`: it was done before, under this key. */
type ActDone = Recorded & { kind: "done"; replayed: boolean; order: OrderState | null };
/** What a dry run says: nothing was changed. */
type ActPlanned = { kind: "planned"; plan: Plan; order: OrderState | null };
export type ActAnswer = ActDone | ActPlanned;

/**
 * Does what an operator wants with an order, once per key, or says what it would do. Stripe and
 * the queues are asked first. Then all of it is one transaction: the order at the version that the
 * operator saw, the act, and its row in the audit; and what follows comes after its COMMIT. Where
 * it collides with another's work it is done again, at that version still.
 *
 * @throws Refused that says what to do instead; OrderChanged where somebody was faster
 */
export async function perform(
  means: ActMeans,
  performer: Performer,
  request: ActRequest,
): Promise<ActAnswer> {
  const wish = readWish(performer, request);
  const orderId = await orderNamed(means.db, request.order);
  if (orderId === null) throw orderNotFound();
  const wanted = inHand(wish, performer, orderId, means.serverKey);
  const before = request.dryRun ? null : await findRecorded(means.db, wanted);
  if (before) return replayed(means, orderId, before);

  if (!request.dryRun && request.ifMatch === null) throw versionRequired();
  const { act } = wish;
  const asks = { stripe: act.asksStripe === true, jobs: act.asksQueues === true };
  const facts = await collectFacts(means, orderId, asks);
  if (!facts) throw orderNotFound();
  if (request.ifMatch !== null && request.ifMatch !== facts.order.version) {
    return await orTwin(means, wanted, orderId);
  }
  const least = act.roleHere?.(facts, wish.input) ?? act.leastRole;
  refuseRole(performer.actor, performer.role, least, act.title);
  const plan = act.plan(facts, wish.input);
  const tryIt = (trx: Trx) => actOn(trx, means, wanted, facts);
  if (request.dryRun) {
    const rehearsed = plan.possible ? await rehearse(means.db, plan, tryIt) : plan;
    if (rehearsed === null) throw await orderChanged(means, orderId);
    return { kind: "planned", plan: rehearsed, order: stateOf(facts) };
  }
  if (!plan.possible) throw refusalOf(plan.code, plan.because);
  return await commit(means, wanted, orderId, facts);
}

async function commit(
  means: ActMeans,
  wanted: ActInHand,
  orderId: string,
  facts: OrderFacts,
): Promise<ActAnswer> {
  const work = async (trx: Trx) => {
    await lockKey(trx, wanted);
    const before = await findRecorded(trx, wanted);
    if (before) return { before };
    const done = await actOn(trx, means, wanted, facts);
    if (done === null) return { isStale: true as const };
    await record(trx, wanted, done);
    return { done, order: await readState(trx, orderId) };
  };
  const result = await patiently(() => inTransaction(means.db, work));
  if ("before" in result) return replayed(means, orderId, result.before);
  if ("isStale" in result) throw await orderChanged(means, orderId);
  const { done, order } = result;
  await followUp(means, wanted, done);
  const { sentence, outcome } = done;
  return { kind: "done", replayed: false, actId: wanted.actId, sentence, outcome, order };
}

/**
 * What this very act's twin has done, which moved the order on meanwhile.
 *
 * @throws OrderChanged where it was somebody else
 */
async function orTwin(means: ActMeans, wanted: ActInHand, orderId: string): Promise<ActDone> {
  const twin = wanted.idempotencyKey === "" ? null : await findRecorded(means.db, wanted);
  if (twin === null) throw await orderChanged(means, orderId);
  return await replayed(means, orderId, twin);
}

/** The act at the version that the facts were read at; null where the order has moved on. */
async function actOn(
  trx: Trx,
  means: ActMeans,
  wanted: ActInHand,
  facts: OrderFacts,
): Promise<Done | null> {
  const orderId = facts.order.id;
  if ((await lockWhole(trx, orderId)) !== facts.order.version) return null;
  await remarkAct(trx, wanted);
  return await wanted.act.perform(trx, means, { ...wanted, orderId }, facts);
}

/** The order does not allow it; or Stripe does not answer, and later it may. */
function refusalOf(code: string, because: string): Refused | Unavailable {
  return code === awayCode ? new Unavailable(code, because) : new Refused(code, because);
}

/** What follows a COMMIT. If the last of it fails, a row's clock does it. */
export async function followUp(
  means: ActMeans,
  wanted: ActInHand<{ name: string }>,
  done: Done,
): Promise<void> {
  const { log } = means;
  follow(means, done);
  const { act, actor, orderId } = wanted;
  log.info("operator_acted", { act: act.name, actor, ...(orderId ? { orderId } : {}) });
  try {
    await done.afterCommit?.();
  } catch (error) {
    log.warn("act_not_followed_up", { act: act.name, reason: reasonOf(error) });
  }
}

async function replayed(means: ActMeans, orderId: string, before: Recorded): Promise<ActDone> {
  const order = await readState(means.db, orderId);
  return { kind: "done", replayed: true, ...before, order };
}
