import { patiently } from "../../db/patience.ts";
import { inTransaction, type Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import { type Endpoint, lockEndpoint, readEndpoint } from "../../webhooks/endpoints.ts";
import type { ActMeans, Plan } from "../acts/act.ts";
import { type ActRequest, type Performer, readWishFor } from "../acts/act-request.ts";
import { followUp } from "../acts/perform.ts";
import { findRecorded, inHand, lockKey, type Recorded, record } from "../acts/record.ts";
import { type EndpointActName, endpointActs } from "./endpoint-acts.ts";

/** What somebody asks for; `ifMatch` is the endpoint's version that they saw. */
export type EndpointRequest = Omit<ActRequest, "act" | "order"> & {
  act: EndpointActName;
  endpointId: string;
};

export type EndpointAnswer =
  | (Recorded & { kind: "done"; replayed: boolean; endpoint: Endpoint })
  | { kind: "planned"; plan: Plan; endpoint: Endpoint };

/**
 * Does what an operator wants with an endpoint, once per key, or says what it would do: the
 * endpoint at the version that was seen, the act and its row in the audit are one transaction.
 *
 * @throws Refused that says what to do instead
 */
export async function performOnEndpoint(
  means: ActMeans,
  performer: Performer,
  request: EndpointRequest,
): Promise<EndpointAnswer> {
  const { endpointId: id, ifMatch, dryRun } = request;
  const place = { id, shopId: null };
  const wish = readWishFor(endpointActs[request.act], performer, request);
  if (dryRun) return await plan(means, request, wish.input);
  if (ifMatch === null) throw versionRequired();
  // Its id is a part of what is asked for, and so of what the key stands for.
  const about = { ...wish, input: { ...wish.input, endpointId: id } };
  const wanted = inHand(about, performer, null, means.serverKey);
  const onRecord = async (trx: Trx) => {
    await lockKey(trx, wanted);
    const before = await findRecorded(trx, wanted);
    if (before) return { before, endpoint: await readEndpoint(trx, place) };
    const endpoint = await lockAt(trx, id, ifMatch);
    const call = { input: wish.input, actor: performer.actor };
    const done = await wish.act.perform(trx, means, endpoint, call);
    await record(trx, wanted, done);
    return { done, endpoint: await readEndpoint(trx, place) };
  };
  const result = await patiently(() => inTransaction(means.db, onRecord));
  const { endpoint } = result;
  if (result.before) return { kind: "done", replayed: true, ...result.before, endpoint };
  const { done } = result;
  await followUp(means, wanted, done);
  const { sentence, outcome } = done;
  return { kind: "done", replayed: false, actId: wanted.actId, sentence, outcome, endpoint };
}

/** What the act would do, or why it may not. */
async function plan(
  { db }: ActMeans,
  { act, endpointId, ifMatch }: EndpointRequest,
  input: Record<string, unknown>,
): Promise<EndpointAnswer> {
  return await inTransaction(db, async (trx) => {
    const endpoint = await lockAt(trx, endpointId, ifMatch);
    const needsEnabled = act === "replay_events" || act === "try_endpoint";
    try {
      if (needsEnabled && endpoint.status === "disabled") {
        throw new Refused("endpoint_disabled", "The endpoint is disabled. Enable it first.");
      }
      const effects = await endpointActs[act].effects(trx, endpoint, input);
      return { kind: "planned", plan: { possible: true, effects }, endpoint };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { code, message: because } = error;
      return { kind: "planned", plan: { possible: false, code, because }, endpoint };
    }
  });
}

/** The endpoint, locked, at the version that was seen; null stands for any. */
async function lockAt(trx: Trx, id: string, ifMatch: number | null): Promise<Endpoint> {
  await lockEndpoint(trx, id);
  const endpoint = await readEndpoint(trx, { id, shopId: null });
  if (ifMatch === null || ifMatch === endpoint.version) return endpoint;
  throw new Refused(
    "endpoint_changed",
    `The endpoint has changed since you looked: its version is ${endpoint.version} by now. Look ` +
      "again.",
  );
}

function versionRequired(): Refused {
  const message = "Say the endpoint's version that you saw, in If-Match: a dry run tells it.";
  return new Refused("version_required", message, [{ field: "If-Match", message }]);
}
