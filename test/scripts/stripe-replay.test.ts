import { describe, expect, test } from "vitest";
import { runCommand } from "../support/command.ts";
import { orderOf } from "../workers/paying.ts";
import { useQueues } from "../workers/queue-desk.ts";
import { paidAtStripe, useWebhooks } from "../workers/webhook-desk.ts";

const desk = useQueues();
const { deliver, rowOf } = useWebhooks(desk);
const run = (args: string[], env = {}) =>
  runCommand("stripe-replay", args, { DATABASE_URL: desk.settings.DATABASE_URL, ...env });

/** An event that was delivered, and that the inbox holds for applied. */
async function applied(sku: string) {
  const { paying, event } = await paidAtStripe(desk, sku);
  await deliver(event);
  await desk.db
    .updateTable("webhook_events")
    .set({ status: "applied", settled_at: new Date(), due_at: null })
    .where("id", "=", event.id)
    .execute();
  const { number } = await orderOf(desk, paying.orderId);
  return { event, number };
}

describe("npm run stripe:replay", () => {
  test("shows what it would replay, and changes nothing, with --dry-run", async () => {
    const { event, number } = await applied("replayed-1");
    const { code, stdout } = await run(["--order", number, "--dry-run"]);
    for (const told of [event.id, event.type, number, "applied -> received"]) {
      expect(stdout).toContain(told);
    }
    expect(stdout).toContain("1 of 1 events would be replayed.");
    expect(code).toBe(0);
    expect(await rowOf(event)).toMatchObject({ status: "applied" });
  });

  test("sets events back to waiting, and tells machines in JSON", async () => {
    const { event, number } = await applied("replayed-2");
    const { code, stdout } = await run(["--id", event.id, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ dryRun: false, matched: 1, waiting: 1, unknown: [], fetched: [] },
      events: [{ id: event.id, order: number, before: "applied", after: "received" }],
    });
    expect(code).toBe(0);
    expect(await rowOf(event)).toMatchObject({ status: "received", round: 0, settled_at: null });
  });

  test("reads an event that is not here from Stripe, when it is told to", async () => {
    const { means, event } = await paidAtStripe(desk, "replayed-3");
    const stripe = { STRIPE_SECRET_KEY: "sk_test_of_it", STRIPE_URL: means.standIns.url };
    const without = await run(["--id", event.id]);
    expect(without.stdout).toContain(`Not in the inbox: ${event.id}.\nWith --fetch`);
    expect(without.code).toBe(1);
    const keyless = await run(["--id", event.id, "--fetch"]);
    expect(keyless.stderr).toContain("Set STRIPE_SECRET_KEY.");

    const { code, stdout } = await run(["--id", event.id, "--fetch"], stripe);
    expect(stdout).toContain(`Read from Stripe: ${event.id}.`);
    expect(stdout).toContain("1 of 1 events are replayed");
    expect(code).toBe(0);
    expect(await rowOf(event)).toMatchObject({ source: "cursor", status: "received" });
    const none = await run(["--id", "evt_none", "--fetch"], stripe);
    expect(none.stdout).toContain("Stripe has them neither");
    const nobody = { ...stripe, STRIPE_URL: "http://127.0.0.1:1" };
    const away = await run(["--id", "evt_none", "--fetch"], nobody);
    expect(away.stderr).toContain("Event evt_none can't be read.");
    expect([keyless.code, none.code, away.code]).toEqual([1, 1, 1]);
  });

  test("says what to do when nothing matches", async () => {
    const { code, stdout } = await run(["--type", "refund.failed"]);
    expect([code, stdout]).toEqual([1, expect.stringContaining("Nothing matches.")]);
  });

  test.each([
    [[], "Say which events: by --id, --order, --type, --since or --until."],
    [["--id", "pi_1"], '--id is "pi_1"'],
    [["--order", "0000-0000-0000"], 'There is no order "0000-0000-0000".'],
    [["--order", ""], "--order is empty"],
    [["--type", "everything"], '--type is "everything"'],
    [["--since", "yesterday"], '--since is "yesterday"'],
    [["--until", "2026-13-01"], '--until is "2026-13-01"'],
    [["--since", "2026-01-02", "--until", "2026-01-01"], "--since must be before --until."],
    [["--type", "refund.failed", "--fetch"], "--fetch needs --id"],
    [["--all"], "--all"],
    [["evt_1"], "evt_1"],
  ])("names the option that is wrong in %j, and ends with 1", async (args, sentence) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain("    at ");
  });
});
