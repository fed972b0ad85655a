import { createHash } from "node:crypto";
import { Hono } from "hono";
import type { OpsEnv } from "../../access/authenticate.ts";
import type { PageParts } from "../../app.ts";
import { queuesPage } from "./queues-page.ts";
import { readQueues } from "./read-queues.ts";

const topic = "queues";

/** How the queues stand at this moment. */
export function queuePages({ hints, isRedisReady, live, show }: PageParts): Hono<OpsEnv> {
  const pages = new Hono<OpsEnv>();
  const read = () => readQueues(hints, isRedisReady());
  live.registerTopic(topic, async (keys) => {
    const seen = createHash("sha256")
      .update(JSON.stringify(await read()))
      .digest("base64url");
    return keys.map(() => seen);
  });

  pages.get("/", async (c) => {
    const watched = await live.begin(topic);
    const content = queuesPage(await read(), new Date());
    return show(c, { title: "Queues", current: "queues", live: watched, content });
  });
  return pages;
}
