import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import { acts } from "../../src/ops/acts/acts.ts";
import { eraseLateTexts, erasePersons } from "../../src/orders/erase-persons.ts";
import { useApi } from "../support/api.ts";
import { type BoughtOrder, paidOrder, reservedOrder } from "../support/api-money.ts";
import { type AtBrowser, signInTo } from "../support/operators.ts";
import { addProduct } from "../support/shop-floor.ts";

const api = useApi();
let admin: AtBrowser;
beforeAll(async () => {
  admin = await signInTo(api);
  await addProduct(api, "kept", { stock: 100 });
});

/** A name that an operator writes wherever there is room for words. */
const named = "Mr Xyzzy";

async function act(order: BoughtOrder, name: string, input: Record<string, unknown>) {
  const path = `/ops/api/orders/${order.id}`;
  const now = await api.ask(path, { headers: admin.headers });
  const { status, body } = await api.ask(`${path}/acts/${name}`, {
    json: { input, reason: `${named} called.` },
    headers: { ...admin.headers, "if-match": now.headers.get("etag") ?? "" },
  });
  if (status !== 200) throw new Error(`Answered ${status}: ${JSON.stringify(body)}`);
  return body.actId as string;
}

/** Two orders that operators wrote about: one was refunded, the other paid by other means. */
async function writtenAbout(): Promise<string[]> {
  const refunded = await paidOrder(api, "kept");
  await act(refunded, "refund", { amountMinor: 1, reason: "other", note: `For ${named}` });
  const forced = await reservedOrder(api, "kept");
  await act(forced, "set_status", { to: "paid", reference: `${named}'s transfer 77` });
  return [refunded.id, forced.id];
}

/** As if their money had come to rest, and their time were over. */
async function comeToRest(ids: readonly string[]): Promise<void> {
  const mine = sql`order_id = ANY(${ids}::uuid[])`;
  for (const statement of [
    sql`UPDATE refunds SET status = 'failed', due_at = NULL WHERE ${mine}`,
    sql`UPDATE notifications SET status = 'sent', due_at = NULL WHERE ${mine}`,
    sql`UPDATE order_contacts SET erase_at = now() WHERE ${mine}`,
  ]) {
    await statement.execute(api.db);
  }
}

const erase = () =>
  inTransaction(api.db, async (trx) => {
    const { persons } = await erasePersons(trx, "-infinity");
    return { persons, texts: await eraseLateTexts(trx) };
  });

/** The tables in which a row says it, of all that there are. */
async function tablesThatSay(words: string): Promise<string[]> {
  const { rows } = await sql<{ table: string }>`
    SELECT table_name AS table FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`.execute(api.db);
  const saying: string[] = [];
  for (const { table } of rows) {
    const { rows: found } = await sql`
      SELECT FROM ${sql.table(table)} AS each WHERE each::text LIKE ${`%${words}%`} LIMIT 1
    `.execute(api.db);
    if (found.length > 0) saying.push(table);
  }
  return saying;
}

const actsOf = (ids: readonly string[]) =>
  api.db
    .selectFrom("operator_acts")
    .select(["act", "actor", "subject", "reason", "input", "outcome"])
    .where("order_id", "in", ids)
    .orderBy("id")
    .execute();

describe("a person who is erased", () => {
  test("is named nowhere any more, and what was done stays on record", async () => {
    const ids = await writtenAbout();
    const places = ["operator_acts", "order_events", "payments", "refunds"];
    expect(await tablesThatSay(named)).toEqual(places);
    expect(await erase()).toEqual({ persons: 0, texts: 0 });
    expect(await tablesThatSay(named)).toEqual(places);
    await comeToRest(ids);
    expect(await erase()).toEqual({ persons: 2, texts: 0 });
    expect(await tablesThatSay(named)).toEqual([]);
    const actor = `ops:${admin.name}`;
    expect(await actsOf(ids)).toEqual([
      {
        ...{ act: "refund", actor, subject: expect.stringMatching(/^[0-9a-f-]{36}$/) },
        ...{ reason: "[erased]", input: { amountMinor: 1, reason: "other", note: "[erased]" } },
        outcome: { refundId: expect.any(String), sentence: expect.stringContaining("on record") },
      },
      {
        ...{ act: "set_status", actor, subject: null, reason: "[erased]" },
        input: { to: "paid", refund: null, reference: "[erased]" },
        outcome: { reference: "[erased]", sentence: "[erased]" },
      },
    ]);
    const path = `/ops/orders/${ids[1]}`;
    const page = await api.ask(path, { headers: { ...admin.headers, accept: "text/html" } });
    expect([page.status, page.body.includes("[erased]")]).toEqual([200, true]);
  });

  test("is forgotten again a month after somebody wrote of them once more", async () => {
    const [id = ""] = await writtenAbout();
    await comeToRest([id]);
    await erase();
    // Acts of old have the reference as their subject and in their sentence, too.
    const asOfOld = JSON.stringify({ reference: named, sentence: `It is under ${named}.` });
    const insert = (age: string) => sql`
      INSERT INTO operator_acts (id, actor, act, order_id, subject, reason, idempotency_key,
        fingerprint, outcome, at)
      SELECT id, 'ops:ann', 'set_status', ${id}, ${named}, ${`${named} wrote, ${age} ago`},
        id::text, 'x', ${asOfOld}, now() - ${age}::interval FROM gen_random_uuid() AS id`;
    await insert("29 days").execute(api.db);
    expect(await erase()).toEqual({ persons: 0, texts: 0 });
    await insert("31 days").execute(api.db);
    expect(await erase()).toEqual({ persons: 0, texts: 1 });
    const reasons = (await actsOf([id])).map(({ reason }) => reason);
    expect(new Set(reasons)).toEqual(new Set(["[erased]"]));
    expect(JSON.stringify(await actsOf([id]))).not.toContain(named);
  });
});

describe("the record of what operators did", () => {
  const refusal = "operator_acts is append-only: what was done stays on record.";

  test("can't be changed, emptied, or erased before its person is", async () => {
    const [id = ""] = await writtenAbout();
    const mine = sql`WHERE order_id = ${id}`;
    for (const statement of [
      sql`UPDATE operator_acts SET reason = 'x' ${mine}`,
      sql`UPDATE operator_acts SET reason = '[erased]' ${mine}`,
      sql`UPDATE operator_acts SET outcome = '{}' ${mine}`,
      sql`DELETE FROM operator_acts ${mine}`,
      erasing(id),
    ]) {
      await expect(statement.execute(api.db)).rejects.toThrow(refusal);
    }
    await expect(sql`TRUNCATE operator_acts`.execute(api.db)).rejects.toThrow("is append-only");
  });

  test("has its texts overwritten where the person is gone, and with nothing else", async () => {
    const [id = ""] = await writtenAbout();
    await comeToRest([id]);
    await sql`DELETE FROM order_contacts WHERE order_id = ${id}`.execute(api.db);
    for (const more of ["actor = 'ops:eve'", "at = now()", "act = 'check'", "subject = 'x'"]) {
      await expect(erasing(id, sql`, ${sql.raw(more)}`).execute(api.db)).rejects.toThrow(refusal);
    }
    await expect(
      sql`UPDATE operator_acts SET reason = 'another' WHERE order_id = ${id}`.execute(api.db),
    ).rejects.toThrow(refusal);
    await erasing(id).execute(api.db);
  });
});

/** What erasing does to an order's acts, with something besides. */
function erasing(id: string, more = sql``) {
  return sql`
    UPDATE operator_acts SET (reason, input, outcome) = (
      SELECT erased.reason, erased.input, erased.outcome FROM erased_act(operator_acts) AS erased
    )${more} WHERE order_id = ${id}`;
}

test("every word that an act takes is an id, one of our own, or erased with its person", () => {
  const free = new Set<string>();
  for (const { input } of Object.values(acts)) {
    const { properties = {} } = input.toJSONSchema({ io: "input" });
    for (const [name, property] of Object.entries(properties)) {
      if (JSON.stringify(property).includes('"string"') && !/"enum"/.test(JSON.stringify(property)))
        free.add(name);
    }
  }
  const ids = ["deliveryId", "eventId", "jobId", "lines", "messageId", "paymentId"];
  const words = [...free].filter((name) => !ids.includes(name));
  expect(words.sort()).toEqual(["note", "reference", "returned"]);
});
