import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { planOf } from "../../../src/ops/acts/acts.ts";
import { diagnose } from "../../../src/ops/diagnosis.ts";
import { collectFacts } from "../../../src/ops/facts/collect-facts.ts";
import { useQueues } from "../../workers/queue-desk.ts";
import { goodsSituations } from "./goods-situations.ts";
import { listeningSituations } from "./listening-situations.ts";
import { moneySituations } from "./money-situations.ts";
import { saveFacts } from "./recorded.ts";
import { openStage, type Stage } from "./stage.ts";
import { workSituations } from "./work-situations.ts";

/** Set to 1 to write down anew what the unit tests of the diagnosis are made of. */
const records = process.env["AURORA_RECORD_FACTS"] === "1";

const desk = useQueues();
let stage: Stage;
beforeAll(async () => {
  stage = await openStage(desk);
});
afterAll(() => stage.db.destroy());

describe("a situation that was really brought about is seen for what it is", () => {
  const situations = {
    ...{ ...moneySituations, ...goodsSituations },
    ...{ ...listeningSituations, ...workSituations },
  };
  test.each(Object.entries(situations))("%s", async (name, { code, play }) => {
    const orderId = await play(stage);
    const gateway = stage.gateway();
    const wishes = { stripe: gateway !== undefined, jobs: true };
    const facts = await collectFacts({ ...desk, gateway }, orderId, wishes);
    if (!facts) throw new Error(`${name} made no order.`);
    if (records) saveFacts(name, facts);
    expect(diagnose(facts, planOf)).toMatchObject({ code });
  });
});
