import { describe, expect, test } from "vitest";
import { move } from "../../support/shop-floor.ts";
import { waitFor } from "../../support/wait-for.ts";
import { hiddenIn, textOf, useBrowsers, withReason } from "./browsing.ts";

const { api, people, see, send, placedOrder, actsOf } = useBrowsers();

/** An order whose customer was to be told that it is cancelled, by a mail that nobody took. */
async function orderWithoutMail(): Promise<string> {
  const id = await placedOrder();
  await move(api, "cancelled", id);
  await api.db
    .updateTable("notifications")
    .set({ status: "failed", due_at: null, claimed_at: new Date(), reason: "No such box." })
    .where("order_id", "=", id)
    .where("channel", "=", "email")
    .execute();
  return id;
}

const numberOf = async (id: string) =>
  (await api.ask(`/v1/orders/${id}`, { as: api.secretKey })).body.number;

/** The inbox once it shows all of these: others' pages may be a second old. */
function inboxWith(ids: readonly string[], query = "", who = people.operator): Promise<string> {
  return waitFor("the inbox to show it", async () => {
    const { body } = await see(`/ops${query}`, who);
    return ids.every((id) => body.includes(`/ops/orders/${id}"`)) ? String(body) : undefined;
  });
}

describe("the inbox", () => {
  test("says that nobody is needed, and lists no group, on a good day", async () => {
    const text = textOf((await see("/ops")).body);
    expect(text).toContain("No order needs a hand.");
    expect(text).toContain("Everything is where it should be.");
    expect(text).not.toContain("What is the matter");
  });

  test("shows what needs a hand in groups, with age, money and the button that helps", async () => {
    const ids = [await orderWithoutMail(), await orderWithoutMail()];
    const body = await inboxWith(ids);
    expect(body).toContain('id="group-mail_failed"');
    for (const id of ids) {
      expect(body).toContain(`<a href="/ops/orders/${id}">${await numberOf(id)}</a>`);
      expect(body).toMatch(
        new RegExp(`/ops/orders/${id}/acts/resend\\?in.messageId=[0-9a-f-]{36}`),
      );
    }
    expect(body).toContain('data-live="/ops/live?watch=problems&amp;seen=');
  });

  test("is filtered by what is the matter and by age, and says when nothing fits", async () => {
    const id = await orderWithoutMail();
    expect(await inboxWith([id], "?code=mail_failed")).toContain('id="group-mail_failed"');
    expect(textOf((await see("/ops?code=dispute_open")).body)).toContain("No order fits.");
    expect(textOf((await see("/ops?age=1440")).body)).toContain("No order fits.");
    expect((await see("/ops?code=%27&age=soon")).status).toBe(200);
  });

  test("shows viewers no button and no box", async () => {
    const id = await orderWithoutMail();
    const body = await inboxWith([id], "", people.viewer);
    expect(body).toContain('id="group-mail_failed"');
    expect(body).not.toContain("/acts/");
    expect(body).not.toContain("/ops/bulk");
    expect((await see("/ops/bulk?code=mail_failed", people.viewer)).status).toBe(403);
  });
});

describe("what helps, for several at once", () => {
  const address = (...ids: string[]) =>
    `/ops/bulk?code=mail_failed${ids.map((id) => `&order=${id}`).join("")}`;

  test("is shown for those that are ticked, done to just those, and told in a table", async () => {
    const [one, two, other] = [
      await orderWithoutMail(),
      await orderWithoutMail(),
      await orderWithoutMail(),
    ];
    const page = (await see(address(one, two))).body;
    expect(textOf(page)).toContain("2 of 2 orders can be helped like this.");
    expect(hiddenIn(page).filter(([name]) => name === "item")).toHaveLength(2);
    expect(await actsOf(one)).toEqual([]);

    const fields = withReason(page, "Their provider was down");
    const done = await send("/ops/bulk", fields);
    expect(textOf(done.body)).toContain("Done for 2 of 2 orders.");
    const act = { act: "resend", actor: `ops:${people.operator.name}` };
    for (const id of [one, two]) {
      expect(await actsOf(id)).toEqual([{ ...act, reason: "Their provider was down" }]);
    }
    expect(await actsOf(other)).toEqual([]);

    expect(textOf((await send("/ops/bulk", fields)).body)).toContain("Done for 2 of 2 orders.");
    expect(await actsOf(one)).toHaveLength(1);
  });

  test("is shown for no more than the form held where none is ticked", async () => {
    const [one, two] = [await orderWithoutMail(), await orderWithoutMail()];
    expect(await inboxWith([one, two])).toContain(`name="shown" value="${one}"`);
    const page = (await see(`/ops/bulk?code=mail_failed&shown=${one}`)).body;
    expect(hiddenIn(page).filter(([name]) => name === "item")).toHaveLength(1);
    const again = (await send("/ops/bulk", withReason(page, ""))).body;
    const keyOf = (body: string) => hiddenIn(body).find(([name]) => name === "key");
    expect(keyOf(page)).toBeDefined();
    expect(keyOf(again)).toEqual(keyOf(page));
  });

  test("leaves alone what has changed meanwhile, and says so", async () => {
    const [one, two] = [await orderWithoutMail(), await orderWithoutMail()];
    const page = (await see(address(one, two))).body;
    const single = (await see(address(one))).body;
    await send("/ops/bulk", withReason(single, "Was first"));
    const text = textOf((await send("/ops/bulk", withReason(page, "Was second"))).body);
    expect(text).toContain("Done for 1 of 2 orders.");
    expect(text).toContain("changed meanwhile");
    expect((await actsOf(one)).map(({ reason }) => reason)).toEqual(["Was first"]);
  });

  test("names those that left the group before it was shown what would be done", async () => {
    const [one, two] = [await orderWithoutMail(), await orderWithoutMail()];
    await send("/ops/bulk", withReason((await see(address(one))).body, "Was first"));
    const { body } = await see(address(one, two, "no-order"));
    const text = textOf(body);
    expect(text).toContain("1 of 2 orders can be helped like this.");
    expect(text).toContain("It is not in this group any more: nothing will be done.");
    expect(hiddenIn(body).filter(([name]) => name === "item")).toHaveLength(1);
  });

  test("asks for a reason, and takes nothing but what its own form held", async () => {
    const id = await orderWithoutMail();
    const page = (await see(address(id))).body;
    expect((await send("/ops/bulk", withReason(page, ""))).status).toBe(422);
    const [csrf] = hiddenIn(page);
    const forged = await send("/ops/bulk", [
      csrf ?? ["csrf", ""],
      ["code", "mail_failed"],
      ["item", "{}"],
      ["item", "no JSON"],
      ["reason", "Because"],
    ]);
    expect([forged.status, forged.headers.get("location")]).toEqual([303, "/ops"]);
    expect(await actsOf(id)).toEqual([]);
  });
});
