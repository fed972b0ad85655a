import { type Context, Hono } from "hono";
import type { Db } from "../../../db/connect.ts";
import { type DeliveryStatus, deliveryStatuses } from "../../../webhooks/lifecycle.ts";
import { listDeliveries } from "../../../webhooks/list-deliveries.ts";
import type { OpsEnv } from "../../access/authenticate.ts";
import { seenBy } from "../../access/mask.ts";
import { may } from "../../access/roles.ts";
import type { PageParts } from "../../app.ts";
import { endpointSeenBy, endpointsSeen, readEndpoints } from "../../endpoints/read-endpoints.ts";
import type { Notice } from "../parts/notice.ts";
import { endpointActForms } from "./endpoint-act-routes.ts";
import { endpointPage } from "./endpoint-page.ts";
import { nothingThere, outHome, outPage, shortUrl } from "./out-page.ts";

const topics = { all: "webhooks-out", one: "endpoint" };
const pageSize = 50;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The other systems that are told of orders. */
export function outPages(parts: PageParts): Hono<OpsEnv> {
  const { db, live, show } = parts;
  const pages = new Hono<OpsEnv>();
  live.registerTopic(topics.all, async (keys) => {
    const seen = await endpointsSeen(db);
    return keys.map(() => seen);
  });
  live.registerTopic(topics.one, (keys) =>
    Promise.all(keys.map(async (key) => (uuid.test(key) ? await endpointsSeen(db, key) : ""))),
  );

  pages.get("/", async (c) => {
    const watched = await live.begin(topics.all);
    const found = await readEndpoints(db);
    const endpoints = found.map((endpoint) => endpointSeenBy(c.get("operator"), endpoint));
    const content = outPage(endpoints, new Date());
    return show(c, { title: "Webhooks out", current: "webhooks", live: watched, content });
  });

  pages.route("/", endpointActForms(parts));

  pages.get("/:endpoint", async (c) => {
    const id = c.req.param("endpoint");
    const watched = await live.begin(`${topics.one}:${id}`);
    const [known] = uuid.test(id) ? await readEndpoints(db, id) : [];
    if (!known) return nothingThere(c, show);
    const operator = c.get("operator");
    const endpoint = endpointSeenBy(operator, known);
    const { status, after } = queryOf(c);
    const query = { endpointId: id, status: status ?? undefined, limit: pageSize + 1, after };
    const found = await listDeliveries(db, query);
    const shown = found.slice(0, pageSize);
    const last = found.length > pageSize ? shown.at(-1) : undefined;
    const content = endpointPage({
      ...{ now: new Date(), status, mayAct: may(operator, "operator") },
      endpoint,
      deliveries: seenBy(operator, shown),
      older: last ? addressOf(id, status, last.nr) : null,
      newest: after === undefined ? null : addressOf(id, status, null),
    });
    const view = { title: shortUrl(endpoint), current: "webhooks", live: watched } as const;
    const did = seenBy(operator, await readAct(db, id, c.req.query("did")));
    return show(c, { ...view, flash: noticeOf(did), content });
  });
  return pages;
}

function queryOf(c: Context): { status: DeliveryStatus | null; after: number | undefined } {
  const given = c.req.query("status");
  const after = c.req.query("after") ?? "";
  return {
    status: deliveryStatuses.find((known) => known === given) ?? null,
    after: /^\d{1,15}$/.test(after) ? Number(after) : undefined,
  };
}

function addressOf(id: string, status: DeliveryStatus | null, after: number | null): string {
  const set = Object.entries({ status, after: after === null ? null : String(after) }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  return `${outHome}/${id}?${new URLSearchParams(set)}`;
}

type ActHere = { outcome: Record<string, unknown> };

/** The act that led here, if it was done to this very endpoint. */
async function readAct(db: Db, endpointId: string, actId = ""): Promise<ActHere | null> {
  if (!uuid.test(actId)) return null;
  const act = await db
    .selectFrom("operator_acts")
    .select("outcome")
    .where("id", "=", actId)
    .where("subject", "=", endpointId)
    .executeTakeFirst();
  return act ?? null;
}

function noticeOf(act: ActHere | null): Notice | null {
  return act && { tone: "good", text: String(act.outcome["sentence"]) };
}
