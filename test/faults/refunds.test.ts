import { sql } from "kysely";
import { describe, expect, onTestFailed, test } from "vitest";
import { dice } from "../support/dice.ts";
import { payingMeans } from "../workers/paying.ts";
import { useQueues } from "../workers/queue-desk.ts";
import {
  answersLost,
  expectBooksAgree,
  paidOrder,
  refundOf,
  refundStarter,
  refundsAtStripe,
  requestRefund,
  untilAsked,
} from "../workers/refunding.ts";

const desk = useQueues();
const rounds = process.env["AURORA_TEST_FULL"] === "1" ? 100 : 20;

describe("F29: refunds that meet one fault after the other", () => {
  test(`are each one refund at Stripe, ${rounds} times`, async () => {
    const random = dice();
    onTestFailed(() => console.error(`seed: ${random.seed}`));
    const means = await payingMeans(desk);
    const start = refundStarter(means);
    const done = [];
    for (let round = 0; round < rounds; round++) {
      const order = await paidOrder(desk, means, `faulty-${round}`);
      const refundId = await requestRefund(desk, order, 100 + random.below(900));
      const names = Array.from({ length: 1 + random.below(3) }, () =>
        random.pick(Object.keys(answersLost)),
      );
      for (const name of names) {
        const fault = { service: "stripe", route: "POST /v1/refunds", times: 1 };
        await means.standIns.tell("/faults", { ...fault, ...answersLost[name] });
      }
      if (random.below(4) === 0) {
        await sql`UPDATE refunds SET asked_at = now() - interval '24 hours'
          WHERE id = ${refundId}`.execute(desk.db);
      }
      await Promise.allSettled([start(refundId), start(refundId)]);
      await untilAsked(desk, start, refundId);
      const refunds = await refundsAtStripe(means, order);
      expect(refunds.length, `round ${round}: ${names.join(", ")}`).toBe(1);
      expect((await refundOf(desk, refundId)).status, names.join()).toBe("succeeded");
      await fetch(`${means.standIns.url}/_sandbox/faults`, { method: "DELETE" });
      done.push(order);
    }
    await expectBooksAgree(desk, means, ...done);
  }, 240_000);
});
