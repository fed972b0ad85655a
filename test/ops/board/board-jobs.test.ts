import { describe, expect, test } from "vitest";
import { roles } from "../../../src/ops/access/roles.ts";
import { jobAddress } from "../../../src/ops/board/job-address.ts";
import { type FailedJob, retryJobs } from "../../../src/ops/board/retry-jobs.ts";
import { reservedOrder } from "../../support/api-money.ts";
import { useBoard } from "../../support/board.ts";
import { quiet } from "../../support/settings.ts";
import { addProduct } from "../../support/shop-floor.ts";

const board = useBoard();

const paymentOf = (orderId: string) =>
  board.api.db
    .selectFrom("payments")
    .select("id")
    .where("order_id", "=", orderId)
    .executeTakeFirstOrThrow();

const numberOf = (orderId: string) =>
  board.api.db
    .selectFrom("orders")
    .select("number")
    .where("id", "=", orderId)
    .executeTakeFirstOrThrow();

/** What the audit says of retries of these jobs. */
const recordOf = (...jobIds: string[]) =>
  board.api.db
    .selectFrom("operator_acts")
    .select(["act", "actor", "subject", "reason", "order_id", "input", "outcome"])
    .where(
      "subject",
      "in",
      jobIds.map((id) => `payment/${id}`),
    )
    .orderBy("id")
    .execute();

describe("a retry", () => {
  test("is on record with who did it, the order of its row, and what became of it", async () => {
    await addProduct(board.api, "BOARD", { priceMinor: 255, stock: 9 });
    const [order, other] = [
      await reservedOrder(board.api, "BOARD"),
      await reservedOrder(board.api, "BOARD"),
    ];
    const { id: payment } = await paymentOf(order.id);
    const { number } = await numberOf(other.id);
    // Whatever a job says of its order, its worker looks at the row.
    await board.failedJob("known", { id: payment, version: 1, order: number });
    await board.failedJob("edited", { id: "x'; --", order: { number: "x".repeat(9_000) } });
    await board.failedJob("unknown", { id: other.id, order: number });
    await board.failedJob("empty", null);
    const ids = ["known", "edited", "unknown", "empty"];
    for (const id of ids) {
      expect((await board.ask("operator", "PUT", `/api/queues/payment/${id}/retry`)).status).toBe(
        204,
      );
    }
    expect(await recordOf(...ids)).toEqual(
      ids.map((id) => ({
        ...{ act: "requeue_job", subject: `payment/${id}`, reason: "from Bull Board" },
        ...{ actor: `ops:${board.people.operator.name}`, outcome: { state: "done" } },
        order_id: id === "known" ? order.id : null,
        input: { queue: "payment", jobId: id },
      })),
    );
  });

  test("that comes too late, or that Redis does not answer, is on record as such", async () => {
    const { api, queue } = board;
    await board.failedJob("gone", {});
    await board.failedJob("unanswered", {});
    const means = { db: api.db, log: quiet };
    const by = { operator: "ann", patienceMs: 2_000 };
    const gone = (await queue.getJob("gone")) as FailedJob;
    await gone.remove();
    expect(await retryJobs(means, "payment", [gone], by)).toMatchObject([{ state: "refused" }]);
    const unanswered = (await queue.getJob("unanswered")) as FailedJob;
    unanswered.retry = () => new Promise(() => undefined);
    const late = { ...by, patienceMs: 1 };
    const failed = { state: "failed", because: "There was no answer within 0.001 s." };
    expect(await retryJobs(means, "payment", [unanswered], late)).toEqual([failed]);
    expect((await recordOf("gone", "unanswered")).map(({ outcome }) => outcome)).toEqual([
      { state: "refused", because: expect.stringContaining("gone") },
      failed,
    ]);
    await queue.drain();
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
