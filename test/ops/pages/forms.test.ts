import { describe, expect, test } from "vitest";
import { signInTo } from "../../support/operators.ts";
import { move } from "../../support/shop-floor.ts";
import { hiddenIn, textOf, useBrowsers, withReason } from "./browsing.ts";

const { api, people, see, send, placedOrder, payableOrder, actsOf } = useBrowsers();

describe("the form of an act", () => {
  test("shows what would happen, with the version that is seen and a key of its own", async () => {
    const id = await payableOrder();
    const page = (await see(`/ops/orders/${id}/acts/release_hold`)).body;
    expect(page).toContain("What it will do");
    const hidden = new Map(hiddenIn(page));
    expect(hidden.get("csrf")).toBe(people.operator.csrf);
    expect(hidden.get("version")).toBe("3");
    expect(hidden.get("key")).toMatch(/^[0-9a-f-]{36}$/);
    const again = new Map(hiddenIn((await see(`/ops/orders/${id}/acts/release_hold`)).body));
    expect(again.get("key")).not.toBe(hidden.get("key"));
    expect(await actsOf(id)).toEqual([]);
  });

  test("asks admins alone how money went back by other means", async () => {
    const address = `/ops/orders/${await payableOrder()}/acts/settle`;
    expect((await see(address)).body).not.toContain("in.returned");
    const admin = await signInTo(api, "admin");
    expect((await see(address, admin)).body).toContain('name="in.returned"');
  });

  test("does it once, however often it is sent, and leads back with what was done", async () => {
    const id = await payableOrder();
    const page = (await see(`/ops/orders/${id}/acts/cancel`)).body;
    const fields = withReason(page, "The customer called");
    const answers = await Promise.all(
      [1, 2, 3].map(() => send(`/ops/orders/${id}/acts/cancel`, fields)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303]));
    const [address] = new Set(answers.map(({ headers }) => headers.get("location")));
    expect(address).toMatch(new RegExp(`^/ops/orders/${id}\\?did=`));
    expect(await actsOf(id)).toEqual([
      { act: "cancel", actor: `ops:${people.operator.name}`, reason: "The customer called" },
    ]);
    const after = (await see(address ?? "")).body;
    expect(after).toMatch(/<div class="notice good" role="status">[^<]+/);
    expect(after).toContain("“The customer called”");
  });

  test("of who came too late does nothing, and shows what they saw beside what is", async () => {
    const id = await payableOrder();
    const page = (await see(`/ops/orders/${id}/acts/release_hold`)).body;
    await move(api, "cancelled", id);
    const answer = await send(
      `/ops/orders/${id}/acts/release_hold`,
      withReason(page, "Nobody pays"),
    );
    expect(answer.status).toBe(409);
    const text = textOf(answer.body);
    expect(text).toContain("The order has changed since you looked at it");
    expect(text).toMatch(/What you saw Version 3 Status awaiting payment/);
    expect(text).toMatch(/How it stands now Version 4 Status cancelled/);
    expect(await actsOf(id)).toEqual([]);
  });

  test("asks for a reason, and keeps what was typed", async () => {
    const id = await payableOrder();
    const address = `/ops/orders/${id}/acts/extend_hold?in.minutes=5`;
    const page = (await see(address)).body;
    const answer = await send(address, withReason(page, " "));
    expect(answer.status).toBe(422);
    expect(answer.body).toContain('id="reason-fault" role="alert"');
    expect(answer.body).toContain('name="in.minutes" value="5"');
    expect(await actsOf(id)).toEqual([]);
  });

  test("says at the field what is wrong with it, and offers nothing to send", async () => {
    const id = await payableOrder();
    const { body } = await see(`/ops/orders/${id}/acts/extend_hold?in.minutes=soon`);
    expect(body).toContain('id="in.minutes-fault"');
    expect(body).toContain('value="soon"');
    expect(body).not.toContain('name="key"');
  });

  test("takes an amount in the order's currency, and lines by their number", async () => {
    const id = await payableOrder();
    const query = new URLSearchParams({
      ...{ "in.reason": "goodwill", "in.amountMinor": "1.50", "in.lines.mug": "1" },
    });
    const { body } = await see(`/ops/orders/${id}/acts/refund?${query}`);
    expect(body).toMatch(/name="in.amountMinor"[^>]* value="1.50"/);
    expect(body).toContain("Nothing: it is not possible.");
  });

  test("says why nothing can be done, and what to do instead", async () => {
    const id = await placedOrder();
    const { body } = await see(`/ops/orders/${id}/acts/order_again`);
    expect(body).toContain("Nothing: it is not possible.");
    expect(hiddenIn(body).map(([name]) => name)).not.toContain("key");
  });

  test("is closed to viewers, to other sites, and to forms of another session", async () => {
    const id = await payableOrder();
    const address = `/ops/orders/${id}/acts/cancel`;
    expect((await see(address, people.viewer)).status).toBe(403);
    const page = (await see(address)).body;
    const fields = withReason(page, "The customer called");
    expect((await send(address, fields, people.viewer)).status).toBe(403);
    const without = fields.filter(([name]) => name !== "csrf");
    expect((await send(address, without)).status).toBe(403);
    expect(await actsOf(id)).toEqual([]);
  });

  test("of an order or an act that isn't there says so", async () => {
    const id = await payableOrder();
    expect((await see(`/ops/orders/${id}/acts/dance`)).status).toBe(404);
    expect((await see("/ops/orders/ZZZZ-ZZZZ-ZZZZ/acts/cancel")).status).toBe(404);
    expect((await see("/ops/orders/ZZZZ-ZZZZ-ZZZZ")).status).toBe(404);
  });
});
