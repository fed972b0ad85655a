import { expect, test } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import {
  answered,
  bothOf,
  bundleOf,
  hanging,
  heal,
  holderOf,
  late,
  lateSeconds,
  losses,
  outside,
  rows,
  settings,
  sweepSeconds,
  takenOverSeconds,
  trouble,
  unknownSeconds,
  untilLetGo,
  workSeconds,
} from "./held-bundle.ts";
import { untilAllIsWell, useTrack } from "./race-track.ts";

type Message = Awaited<ReturnType<typeof messagesOf>>[number];

/** The supplier tells nobody what it took: else no mail would come twice, not even after a kill. */
const silent = { SANDBOX_MAIL_EVENTS_KEY: "" };
const track = useTrack({ ...settings, ...silent }, [
  ...["web", "notification", "notification", "sweeper"],
]);
const send = { service: "sendgrid", route: "POST /v3/mail/send" };

test("F33, F41: a bundle of mails whose worker is killed: none is lost, few double", async () => {
  const both = await bothOf(track, "notification");
  const { ids, before } = await untilMidway("killed", hanging);
  await (await holderOf(both, ids)).kill();
  const since = performance.now();
  await heal(track);
  const unknown = before.filter(({ status }) => status === "sending").map(({ id }) => id);
  const known = before.map(({ id }) => id).filter((id) => !unknown.includes(id));
  await untilSent(ids, known, since, takenOverSeconds + workSeconds);
  await untilSent(ids, unknown, since, unknownSeconds + sweepSeconds + workSeconds);
  const mails = await mailsOf(ids);
  const count = (id: string) => mails.filter((mail) => mail.notificationId === id).length;
  expect(known.map(count)).toEqual(known.map(() => 1));
  // Half of those under way had arrived: there is no key that could tell.
  expect(unknown.map(count).toSorted()).toEqual([1, 1, 2, 2]);
  await untilAllIsWell(track, { patienceSeconds: 10 });
}, 60_000);

test.each(Object.entries(losses))(
  "F34, F41: a bundle of mails whose worker %s: each is sent once",
  async (how, lose) => {
    const both = await bothOf(track, "notification");
    const { ids, before } = await untilMidway(how, late);
    const holder = await holderOf(both, ids);
    const wake = await lose(track, "notification", holder);
    const since = performance.now();
    await heal(track);
    const waiting = before.filter(({ status }) => status === "pending").map(({ id }) => id);
    await untilSent(ids, waiting, since, takenOverSeconds + workSeconds);
    wake();
    await untilLetGo(holder);
    const all = before.map(({ id }) => id);
    await untilSent(ids, all, since, takenOverSeconds + lateSeconds + workSeconds);
    const mails = (await mailsOf(ids)).map(({ notificationId }) => notificationId);
    expect(mails.toSorted()).toEqual(all.toSorted());
    expect((await messagesOf(ids)).map(({ tries }) => tries)).toEqual(Array(rows).fill(1));
    await untilAllIsWell(track, { patienceSeconds: 10 });
  },
  60_000,
);

/** One bundle: some are sent, others on their way, and others have not even been claimed. */
async function untilMidway(sku: string, fault: typeof hanging | typeof late) {
  await track.store.sell(sku, 1);
  await trouble(track, send, fault);
  const ids = await bundleOf(track, sku, 2);
  const before = await waitFor("the bundle to be in the middle", async () => {
    const messages = await messagesOf(ids);
    const taken = (await mailsOf(ids)).length;
    const [sent, sending] = ["sent", "sending"].map((status) => countOf(messages, status));
    const isMidway = sent === answered && sending === outside && taken >= answered + outside / 2;
    if (isMidway && messages.length === rows) return messages;
    throw new Error(`${messages.length}: ${sent} sent, ${sending} on their way, ${taken} taken`);
  });
  return { ids, before };
}

async function messagesOf(ids: readonly string[]) {
  return await track.db
    .selectFrom("notifications")
    .selectAll()
    .where("order_id", "in", ids)
    .execute();
}

function countOf(messages: readonly Message[], status: string): number {
  return messages.filter((message) => message.status === status).length;
}

async function mailsOf(ids: readonly string[]) {
  type Mail = { orderId: string; notificationId: string };
  const { body } = await track.store.sandbox<Mail[]>("GET", "/_sandbox/mail");
  return body.filter(({ orderId }) => ids.includes(orderId));
}

/** Waits until these messages of the orders are sent, so many seconds at most since then. */
async function untilSent(
  orderIds: readonly string[],
  ids: readonly string[],
  since: number,
  seconds: number,
): Promise<void> {
  await waitFor(
    `${ids.length} mails to be sent`,
    async () => {
      const those = (await messagesOf(orderIds)).filter(({ id }) => ids.includes(id));
      if (countOf(those, "sent") === ids.length) return true;
      throw new Error(`${countOf(those, "sent")} are`);
    },
    { timeoutMs: 2 * seconds * 1_000 },
  );
  const took = (performance.now() - since) / 1_000;
  console.log(`${ids.length} mails of the bundle were sent after ${took.toFixed(1)} s`);
  expect(took).toBeLessThan(seconds);
}
