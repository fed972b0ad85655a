import { sql } from "kysely";
import { beforeEach, expect, test } from "vitest";
import {
  keepInstallation,
  renewInstallation,
} from "../../src/orders/installation/decide-installation.ts";
import { readWhole, stamp, stopWrites } from "../../src/orders/installation/installation.ts";
import { waitFor } from "../support/wait-for.ts";
import { decision } from "./installations.ts";
import {
  clockRings,
  hintAt,
  messageOf,
  postOffice,
  rejection,
  untilJobEnds,
  untilSent,
} from "./post-office.ts";
import { useQueues } from "./queue-desk.ts";

const desk = useQueues({ QUICK_RETRY_SECONDS: 0.02, BACKOFF_SECONDS: "600" });

beforeEach(async () => {
  const { database } = await readWhole(desk.db);
  await sql`UPDATE installation SET stamped_at = NULL, stopped_because = NULL,
    database_identity = NULL, stripe_account = NULL`.execute(desk.db);
  await stamp(desk.db, { account: "acct_ours", livemode: false, database });
});

/** The stamp is another database's, as it is in a copy. */
async function becomeCopy(): Promise<void> {
  await sql`UPDATE installation SET database_identity = '1/' || database_identity`.execute(desk.db);
}

test("a copy's messages wait, without counting failures, until an operator says keep", async () => {
  await becomeCopy();
  const office = await postOffice(desk);
  const { id } = await rejection(desk, "copied-1");
  hintAt(desk, id);
  await untilJobEnds(desk, id);
  const waiting = await messageOf(desk, id);
  expect(waiting).toMatchObject({ status: "pending", tries: 0, round: 0, sweeps: 0 });
  expect(waiting.last_error).toMatch(/^messages_held_back: .*keep/);
  const seconds = ((waiting.due_at?.getTime() ?? 0) - Date.now()) / 1_000;
  expect(seconds).toBeGreaterThan(20);
  expect(seconds).toBeLessThan(40);
  expect(await office.asked()).toBe(0);

  await keepInstallation(desk.db, decision);
  // The worker may know for two seconds more only what it knew before.
  await waitFor("the message to be let go", async () => {
    if ((await messageOf(desk, id)).status === "sent") return true;
    await clockRings(desk, id).catch(() => undefined);
    return undefined;
  });
  expect(await office.asked()).toBe(1);
});

test("a copy's messages are dropped when an operator says renew", async () => {
  await becomeCopy();
  const office = await postOffice(desk);
  const { id } = await rejection(desk, "copied-2");
  hintAt(desk, id);
  await untilJobEnds(desk, id);
  await renewInstallation(desk.db, desk.settings, decision);
  expect(await messageOf(desk, id)).toMatchObject({ status: "dropped" });
  expect(await office.asked()).toBe(0);
});

test("other Stripe keys stop no message", async () => {
  await stopWrites(desk.db, "the Stripe account is acct_another and was acct_ours");
  const office = await postOffice(desk);
  const { id, orderId } = await rejection(desk, "copied-3");
  hintAt(desk, id);
  await untilSent(desk, id);
  expect(await office.mails(orderId)).toHaveLength(1);
});
