import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTold } from "../../../scripts/once/told.ts";
import { connect, type Db } from "../../../src/db/connect.ts";
import { makeSmallWorld, type SmallWorld } from "../../invariants/small-world.ts";
import { startStandIns } from "../../sandbox/stand-ins.ts";
import { useDatabase } from "../../support/database.ts";
import { quiet, testSettings } from "../../support/settings.ts";

const database = useDatabase();
let db: Db;
let world: SmallWorld;

beforeAll(async () => {
  const settings = testSettings(database.url);
  db = connect(settings, quiet);
  world = await makeSmallWorld(db, settings);
});
afterAll(() => db.destroy());

async function sendMail(url: string, orderId: string, category: string): Promise<void> {
  const answer = await fetch(`${url}/v3/mail/send`, {
    method: "POST",
    headers: { authorization: "Bearer SG.test", "content-type": "application/json" },
    body: JSON.stringify({
      personalizations: [{ to: [{ email: "buyer@shop.example" }] }],
      from: { email: "orders@aurora.example" },
      subject: "About your order",
      content: [{ type: "text/plain", value: "It is on its way." }],
      categories: [category],
      custom_args: { order_id: orderId },
    }),
  });
  expect(answer.status).toBe(202);
}

describe("what customers were told", () => {
  test("is missed for every order of which nobody was told", async () => {
    const { url } = await startStandIns();
    const orders = [world.paid, world.rejected, world.payable].map((id) => ({ id, number: id }));
    const told = await readTold(db, url, orders);
    expect(orders.map(({ id }) => told.get(id)?.faults)).toEqual([
      ["the mails none in place of order_paid", "0 texts in place of 1"],
      ["the mails none in place of order_rejected"],
      [],
    ]);
  });

  test("may hold a word about a problem with the payment, and no second confirmation", async () => {
    const { url } = await startStandIns();
    const { rejected: id } = world;
    const faults = async () => (await readTold(db, url, [{ id, number: id }])).get(id)?.faults;
    await sendMail(url, id, "payment_problem");
    await sendMail(url, id, "order_rejected");
    expect(await faults()).toEqual([]);
    await sendMail(url, id, "order_rejected");
    expect(await faults()).toEqual([
      "the mails order_rejected, order_rejected in place of order_rejected",
    ]);
  });
});
