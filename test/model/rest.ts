import type { World } from "./world.ts";

/** Everything must be at rest after so many steps of the clock, each with work in between. */
const mostSteps = 150;
/** Whoever works finds nothing more to do after so many turns. */
const mostTurns = 60;
/** For so long customers and banks keep everybody waiting; then each makes up their mind. */
const undecidedSeconds = 3 * 3_600;

/**
 * Lets the world come to rest: all is heard, all that is due is worked, and the clock goes on,
 * until nothing waits but disputes, which may stay open for months.
 */
export async function comeToRest(world: World): Promise<void> {
  const { stripe, books, hand } = world;
  const began = stripe.seconds;
  for (let steps = 0; steps < mostSteps; steps++) {
    await workAll(world);
    const waiting = (await books.waiting()).filter(({ kind }) => kind !== "sync_dispute");
    const isPatient = stripe.seconds - began < undecidedSeconds;
    if (!isPatient) settleAll(world);
    if (waiting.length === 0 && hand.length === 0 && stripe.news.length === 0) {
      if (!isPatient) return;
      await world.pass(undecidedSeconds);
    } else {
      const next = Math.min(...waiting.map(({ inSeconds }) => inSeconds), undecidedSeconds);
      await world.pass(Math.max(next, 1));
    }
  }
  const { orders, payments, refunds } = await books.look();
  const left = [...orders, ...payments, ...refunds].filter(({ waits }) => waits);
  throw new Error(`It does not come to rest: ${JSON.stringify(left)}`);
}

async function workAll(world: World): Promise<void> {
  const { crew, stripe, books, hand } = world;
  for (let turn = 0; turn < mostTurns; turn++) {
    await world.applyAll();
    // Whoever held a call for so long is gone; what it meant to do is found by the row's clock.
    hand.length = 0;
    const jobs = [...crew.hints.splice(0), ...(await books.claimDue())];
    const news = stripe.news.splice(0);
    if (jobs.length + news.length === 0) return;
    for (const job of jobs) await world.finish(await crew.begin(job));
    for (const each of news) await world.finish(await crew.beginNews(each));
    await world.finish(await crew.begin({ kind: "expire", id: "" }));
  }
  throw new Error(`There is always something to do: ${JSON.stringify(crew.hints)}`);
}

/** Payments that are on their way arrive or fail, and so do refunds. */
function settleAll({ stripe }: World): void {
  for (const [index, intent] of [...stripe.intents.values()].entries()) {
    if (intent.status !== "processing") continue;
    if (index % 2 === 0) stripe.capture(intent.id);
    else stripe.decline(intent.id);
  }
  for (const refund of stripe.refunds) {
    if (refund.status === "pending") stripe.settleRefund(refund, "succeeded");
  }
}
