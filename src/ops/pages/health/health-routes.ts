import { createHash } from "node:crypto";
import { Hono } from "hono";
import { reasonOf } from "../../../errors.ts";
import { inTime } from "../../../patience.ts";
import type { PaymentReads } from "../../../payments/gateway.ts";
import { sharedAnswer } from "../../../queues/shared-answer.ts";
import type { OpsEnv } from "../../access/authenticate.ts";
import { seenBy } from "../../access/mask.ts";
import type { PageParts } from "../../app.ts";
import { healthPage } from "./health-page.ts";
import { type Health, readHealth } from "./read-health.ts";

const topic = "health";

/** However many look, Stripe is asked no more often: its requests belong to customers. */
const stripeIsFreshMs = 30_000;
const stripePatienceMs = 2_000;
/** Beats grow old though nothing else changes: the page is read anew after so long. */
const renewEveryMs = 10_000;

/** How Aurora itself is. */
export function healthPages(parts: PageParts): Hono<OpsEnv> {
  const { gateway, isRedisReady, live, show } = parts;
  const pages = new Hono<OpsEnv>();
  const stripe = sharedAnswer(stripeIsFreshMs, () => whyAway(gateway));
  const read = async () =>
    await readHealth(parts, { isRedisReady: isRedisReady(), stripeAway: await stripe() });
  live.registerTopic(topic, async (keys) => {
    const seen = fingerprintOf(await read());
    return keys.map(() => seen);
  });

  pages.get("/", async (c) => {
    const watched = await live.begin(topic);
    const health = await read();
    const content = healthPage(seenBy(c.get("operator"), health));
    return show(c, { title: "Health", current: "health", live: watched, content });
  });
  return pages;
}

/** Any answer will do: a restricted key may not be allowed to ask whose it is. */
async function whyAway(gateway: Pick<PaymentReads, "readAccount">): Promise<string | null> {
  return await inTime(gateway.readAccount(), stripePatienceMs).then(
    () => null,
    (error: unknown) => reasonOf(error),
  );
}

/** All that the page says, but for moments that only pass. */
function fingerprintOf({ now, lag, processes, invariants, cursors, ...rest }: Health): string {
  const { stopped } = lag;
  const said = [
    Math.floor(now.getTime() / renewEveryMs),
    { stopped, installation: rest.installation, redis: rest.isRedisReady, away: rest.stripeAway },
    processes.map(({ instance, silent, replaced }) => [instance, silent, replaced]),
    invariants.map(({ name, broken, checkedAt, isOld }) => [name, broken, checkedAt, isOld]),
    cursors.map(({ name, lastError, findings }) => [name, lastError, findings]),
  ];
  return createHash("sha256").update(JSON.stringify(said)).digest("base64url");
}
