import { describe, expect, test } from "vitest";
import { roles } from "../../../src/ops/access/roles.ts";
import { jobAddress } from "../../../src/ops/board/job-address.ts";
import { useBoard } from "../../support/board.ts";
import { addProduct, placeOrder } from "../../support/shop-floor.ts";

const board = useBoard();

describe("a retry", () => {
  test("is on record with who did it, and the order if there is one", async () => {
    await addProduct(board.api, "BOARD", { priceMinor: 255, stock: 1 });
    const { body: order } = await placeOrder(board.api, "BOARD");
    await board.failedJob("known", { id: order.id, version: 1, order: order.number });
    await board.failedJob("edited", { order: { number: "x".repeat(9_000) } });
    await board.failedJob("unknown", { order: "0000-0000-0000" });
    await board.failedJob("empty", null);
    for (const id of ["known", "edited", "unknown", "empty"]) {
      expect((await board.ask("operator", "PUT", `/api/queues/payment/${id}/retry`)).status).toBe(
        204,
      );
    }
    const actor = `ops:${board.people.operator.name}`;
    const rows = await board.api.db
      .selectFrom("operator_acts")
      .select(["act", "subject", "reason", "order_id", "input"])
      .where("actor", "=", actor)
      .where("subject", "in", [
        "payment/known",
        "payment/edited",
        "payment/unknown",
        "payment/empty",
      ])
      .orderBy("id")
      .execute();
    const act = { act: "requeue_job", reason: "from Bull Board" };
    const of = (id: string, order_id: string | null) => ({
      ...act,
      subject: `payment/${id}`,
      order_id,
      input: { queue: "payment", jobId: id },
    });
    expect(rows).toEqual([
      of("known", order.id),
      of("edited", null),
      of("unknown", null),
      of("empty", null),
    ]);
  });

  test("of all that failed has a row for each", async () => {
    await board.queue.drain();
    for (const id of ["one", "two", "three"]) await board.failedJob(id, {});
    const failed = await board.queue.getFailedCount();
    const { body } = await board.ask("admin", "PUT", "/api/queues/payment/retry/failed");
    expect(body).toEqual({ retried: failed, skipped: 0 });
    const rows = await board.api.db
      .selectFrom("operator_acts")
      .select("subject")
      .where("actor", "=", `ops:${board.people.admin.name}`)
      .where("subject", "in", ["payment/one", "payment/two", "payment/three"])
      .execute();
    expect(rows).toHaveLength(3);
    await board.queue.drain();
  });

  test("is not done where it can't be put on record", async () => {
    await board.failedJob("unrecorded", {});
    const name = board.people.operator.name;
    await board.api.db.schema.alterTable("operator_acts").renameTo("acts_away").execute();
    try {
      const { status } = await board.ask("operator", "PUT", "/api/queues/payment/unrecorded/retry");
      expect([name, status]).toEqual([name, 500]);
      expect(await board.queue.getJobState("unrecorded")).toBe("failed");
    } finally {
      await board.api.db.schema.alterTable("acts_away").renameTo("operator_acts").execute();
    }
  });

  test("of a job that has not failed, or is not there, does nothing", async () => {
    await board.queue.add("start_payment", {}, { jobId: "waiting" });
    for (const path of ["/payment/waiting/retry", "/payment/nothing/retry", "/nowhere/x/retry"]) {
      expect((await board.ask("admin", "PUT", `/api/queues${path}`)).status).toBe(404);
    }
    await board.queue.drain();
  });
});

describe("a job in Bull Board", () => {
  test("leads to its order, and is found under the address that its page names", async () => {
    await board.failedJob("linked", { order: "4Q7K-9M2X-P0TZ" });
    const { body } = await board.ask("viewer", "GET", "/api/queues/payment/linked");
    expect(body.job.externalUrl).toEqual({
      href: "/ops/orders/4Q7K-9M2X-P0TZ",
      displayText: "Order 4Q7K-9M2X-P0TZ",
    });
    const address = jobAddress({ queue: "payment", id: "linked" });
    const page = await board.ask("viewer", "GET", address.replace("/ops/queues", ""), "text/html");
    expect([page.status, page.body.includes("Aurora queues")]).toEqual([200, true]);
  });

  test.each(roles)("shows nobody's address or number to a %s", async (role) => {
    if (!(await board.queue.getJob("personal"))) {
      await board.failedJob("personal", { email: "bob@shop.example", to: ["+44 7700 900123"] });
      await (await board.queue.getJob("personal"))?.log("sent to bob@shop.example");
    }
    for (const path of [
      "/api/queues?activeQueue=payment&status=failed",
      "/api/queues/payment/personal",
      "/api/queues/payment/personal/logs",
    ]) {
      const { status, body } = await board.ask(role, "GET", path);
      const text = JSON.stringify(body);
      expect([path, status, /b•••@s•••.example/.test(text)]).toEqual([path, 200, true]);
      expect(text).not.toMatch(/bob@|9001|900 1/);
    }
  });

  test("hands its page the session's token, which all that it asks for carries", async () => {
    const page = await board.ask("operator", "GET", "", "text/html");
    const cookie = page.headers.get("set-cookie") ?? "";
    expect(cookie).toContain(`XSRF-TOKEN=${board.people.operator.csrf}; Path=/ops/queues`);
    expect(cookie).toContain("SameSite=Strict");
    await board.failedJob("by token", {});
    const { cookie: session = "" } = board.people.operator.headers;
    const headers = { cookie: session, "sec-fetch-site": "same-origin" };
    const path = `/ops/queues/api/queues/payment/${encodeURIComponent("by token")}/retry`;
    const click = (more: Record<string, string>) =>
      board.api.ask(path, { method: "PUT", headers: { ...headers, ...more } });
    expect((await click({})).status).toBe(403);
    expect((await click({ "x-xsrf-token": board.people.operator.csrf })).status).toBe(204);
  });
});
