import { describe, expect, test } from "vitest";
import { contactFor, maskDeep } from "../../../src/ops/access/mask.ts";
import { offersFor } from "../../../src/ops/pages/order/offers.ts";
import { previewOf } from "../../../src/ops/pages/order/preview.ts";
import { stripeMemory } from "../../../src/ops/pages/order/stripe-memory.ts";
import { textOf } from "./browsing.ts";
import { before, diagnosis, drawn, facts, messageId, person } from "./example-order.ts";

describe("the page of an order", () => {
  test("says what is the matter, why, since when, and offers the one act that helps", () => {
    const text = textOf(drawn());
    expect(text).toContain("Needs a hand");
    expect(text).toContain("£50.00 was paid at Stripe, and no word of it came.");
    expect(text).toContain("for 1 min");
    expect(text).toContain("£50.00 at stake");
    expect(drawn()).toMatch(/class="button primary" href="\/ops\/orders\/[\w-]+\/acts\/check"/);
  });

  test("shows every word that came from outside as words, never as HTML", () => {
    const page = drawn();
    expect(page.match(/<script/g)).toBeNull();
    expect(page).not.toContain("alert('x')");
    // The shop, the product, the person, a decline, a mail's fault, a reason, a job and more.
    expect(page.match(/&lt;script&gt;/g)?.length).toBeGreaterThanOrEqual(10);
  });

  test("counts down how long its stock is held, and says when that is over", () => {
    expect(drawn()).toMatch(/data-left="1505">25:05</);
    const order = { ...facts.order, expiresAt: before(61) };
    expect(textOf(drawn({ facts: { ...facts, order } }))).toContain("over for 1 min");
  });

  test("tells what happened, the latest first, by whom and by which route", () => {
    const entries = [...drawn().matchAll(/<li id="([a-z]+)-[^"]*" class="(?:\w+)">/g)];
    expect(entries.map(([, kind]) => kind)).toEqual([
      "job",
      "act",
      "sent",
      "inbox",
      "decline",
      "told",
      "event",
      "event",
    ]);
    const text = textOf(drawn());
    expect(text).toContain("API key pk_1, POST /v1/orders");
    expect(text).toContain("came as a webhook");
    expect(text).toContain("taken in after 9 s");
  });

  test("links a job to Bull Board, and a payment to Stripe's own pages", () => {
    expect(drawn()).toContain('href="/ops/queues/queue/status/apply_event-evt_1-1-0"');
    expect(drawn()).toContain('href="https://dashboard.stripe.com/test/payments/pi_1"');
  });

  test("names a job that carries several rows, once for each that is this order's", () => {
    const jobs = ["019abc00-5555-7222-8333-123456789abc", messageId].map((rowId) => ({
      ...{ queue: "notification" as const, id: "send_message-bundle-1", kind: "send_message" },
      ...{ rowId, rows: 12, state: "waiting" as const, failedReason: null, attemptsMade: 0 },
      ...{ addedAt: facts.now, finishedAt: null },
    }));
    const page = drawn({ facts: { ...facts, jobs } });
    expect(page.match(/href="[\w/]+\/notification\/send_message-bundle-1"/g)).toHaveLength(2);
    expect(textOf(page)).toContain("Send message, one of 12 rows waiting");
    const ids = [...page.matchAll(/ id="(job-[^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(2);
    expect(textOf(drawn())).not.toContain(", one of");
  });

  test("marks where Stripe's record differs from ours, and says when Stripe was asked", () => {
    const page = drawn();
    expect(page.match(/<tr class="differs">/g)).toHaveLength(2);
    expect(textOf(page)).toMatch(/Status pending captured differs/);
    expect(textOf(page)).toContain("2 differences asked just now Ask again");
  });

  test("shows our record alone when Stripe can't be asked, and says so", () => {
    const stripe = { state: "unreachable" as const, reason: "It did not answer within 2 s." };
    const text = textOf(drawn({ facts: { ...facts, stripe } }));
    expect(text).toContain("Stripe can't be asked at this moment: It did not answer within 2 s.");
    expect(text).toMatch(/Status pending – not known/);
    expect(text).not.toContain("They agree");
  });

  test("says that jobs are not shown when Redis does not answer", () => {
    expect(textOf(drawn({ facts: { ...facts, jobs: null } }))).toContain("Redis does not answer");
  });

  test("says why nobody is named, where the person was erased", () => {
    const order = { ...facts.order, contact: null };
    const text = textOf(drawn({ person: null, facts: { ...facts, order } }));
    expect(text).toContain("The person was erased");
  });
});

describe("a viewer", () => {
  const viewer = { name: "vic", role: "viewer" as const };
  const page = drawn({
    facts: maskDeep(facts),
    offers: offersFor(viewer, facts, diagnosis),
    person: contactFor(viewer, person),
    mayAct: false,
  });

  test("sees no button that changes anything", () => {
    expect(page).not.toContain("/acts/");
    expect(page).not.toContain("<form");
    expect(textOf(page)).not.toMatch(/Send again|Replay|Requeue|More/);
  });

  test("sees the person masked, also in what suppliers wrote", () => {
    expect(page).not.toContain("ada@example.com");
    expect(page).not.toContain("+447700900123");
    expect(page).toContain("a•••@e•••.com");
  });

  test("sees nothing of the person in a preview either", () => {
    const preview = previewOf(facts, messageId, contactFor(viewer, person)) ?? "";
    expect(preview).toContain("4Q7K-9M2X-P0TZ");
    expect(preview).not.toContain("ada@example.com");
  });
});

describe("what is offered", () => {
  test("is what the role and the order's state allow, and nothing twice", () => {
    const ben = { name: "ben", role: "operator" as const };
    const offered = (status: "awaiting_payment" | "expired") => {
      const order = { ...facts.order, status, closing: null };
      const payments = status === "expired" ? [] : facts.payments;
      const standing = { ...facts, order, payments };
      const { recommended, others } = offersFor(ben, standing, diagnosis);
      expect(recommended?.act).toBe("check");
      return others.map(({ act }) => act);
    };
    const open = offered("awaiting_payment");
    expect(open).toEqual(expect.arrayContaining(["extend_hold", "release_hold", "cancel"]));
    expect(open).not.toContain("order_again");
    const over = offered("expired");
    expect(over).toContain("order_again");
    expect(over).not.toContain("extend_hold");
    for (const ofOneThing of ["check", "resend", "replay_webhook", "requeue_job"]) {
      expect([...open, ...over]).not.toContain(ofOneThing);
    }
  });
});

describe("a preview", () => {
  test("is the mail as it reads, without a link that pays", () => {
    const preview = previewOf(facts, messageId, person) ?? "";
    expect(preview).toContain("<html");
    expect(preview).not.toContain("<script");
    expect(preview).toContain("https://the-link-to-pay.invalid/");
  });

  test("is of the order's own messages only", () => {
    expect(previewOf(facts, "019abc00-9999-7222-8333-123456789abc", person)).toBeNull();
  });
});

describe("what Stripe said", () => {
  test("is remembered for a moment, as long as nothing changed here", () => {
    const clock = { ms: 0 };
    const memory = stripeMemory(() => clock.ms);
    memory.keep("order", "v1", facts.stripe);
    clock.ms = 9_999;
    expect(memory.recall("order", "v1")).toBe(facts.stripe);
    expect(memory.recall("order", "v2")).toBeNull();
    clock.ms = 10_001;
    expect(memory.recall("order", "v1")).toBeNull();
  });

  test("is not remembered where Stripe gave no answer, nor of too many orders", () => {
    const memory = stripeMemory(() => 0);
    memory.keep("order", "v1", { state: "unreachable", reason: "No answer." });
    expect(memory.recall("order", "v1")).toBeNull();
    for (let order = 0; order <= 200; order++) memory.keep(`${order}`, "v1", facts.stripe);
    expect(memory.recall("0", "v1")).toBeNull();
    expect(memory.recall("200", "v1")).toBe(facts.stripe);
  });
});
