import { appRoutes } from "@bull-board/api/dist/routes.js";
import { beforeAll, describe, expect, test } from "vitest";
import type { Role } from "../../../src/ops/access/roles.ts";
import { type BoughtOrder, paidOrder, reservedOrder } from "../../support/api-money.ts";
import { useBoard } from "../../support/board.ts";
import { addProduct, buyer } from "../../support/shop-floor.ts";
import { address, namesThem, plantEverywhere, planted, written } from "./planted.ts";

const board = useBoard();
let order: BoughtOrder;
/** One that an admin has paid by force, with words of their own. */
let forced: BoughtOrder;
let empty: string[];
const messages: string[] = [];
const acts: string[] = [];
const endpoints: string[] = [];
const job = "sync_payment-planted-1-0";

beforeAll(async () => {
  const { api } = board;
  await addProduct(api, "seen", { stock: 5 });
  order = await paidOrder(api, "seen");
  forced = await reservedOrder(api, "seen");
  await payByForce();
  empty = await plantEverywhere(api, order.id);
  await board.failedJob(job, { id: "planted", order: planted });
  await (await board.queue.getJob(job))?.log(planted);
  for (const { id } of await api.db.selectFrom("notifications").select("id").execute()) {
    messages.push(id);
  }
  for (const { id } of await api.db.selectFrom("operator_acts").select("id").execute()) {
    acts.push(id);
  }
  for (const { id } of await api.db.selectFrom("webhook_endpoints").select("id").execute()) {
    endpoints.push(id);
  }
});

async function payByForce(): Promise<void> {
  const { api, people } = board;
  const path = `/ops/api/orders/${forced.id}`;
  const { headers } = people.admin;
  const now = await api.ask(path, { headers });
  const { status, body } = await api.ask(`${path}/acts/set_status`, {
    json: { input: { to: "paid", reference: written.slice(0, 60) }, reason: written },
    headers: { ...headers, "if-match": now.headers.get("etag") ?? "" },
  });
  if (status !== 200) throw new Error(`Answered ${status}: ${JSON.stringify(body)}`);
}

/** What is asked of every route: a new one fails until it is visited here. */
const visits = (): Record<string, readonly string[]> => ({
  "/ops/assets/ops.css": [""],
  "/ops/assets/ops.js": [""],
  "/ops/login": [""],
  "/ops/api/sessions/current": [""],
  "/ops/live": "audit health problems queues stock stock:seen webhooks webhooks-out"
    .split(" ")
    .concat(`order:${order.id}`, planted)
    .map((watch) => `?watch=${encodeURIComponent(watch)}&seen=other`),
  "/ops/api/acts": [""],
  "/ops/api/orders/:order/diagnosis": orders(),
  "/ops/api/orders/:order": [...orders(), ...orders().map((id) => `${id}?stripe=true`)],
  "/ops/api/problems": ["", "?olderThan=1s", `?code=${encodeURIComponent(address)}`],
  "/ops/api/search": searches(),
  "/ops": ["", "?age=1", "?code=refund_failed"],
  "/ops/search": searches(),
  "/ops/bulk": ["?code=refund_failed"],
  "/ops/orders/:order": [
    ...orders(),
    ...orders().flatMap((id) => acts.map((act) => `${id}?did=${act}`)),
  ],
  "/ops/orders/:order/messages/:message/preview": messages.flatMap((message) =>
    orders().map((id) => `${id}/${message}`),
  ),
  "/ops/orders/:order/acts/:act": ["refund", "check"].map((act) => `${order.id}/${act}`),
  "/ops/stock": ["", "?sku=seen"],
  "/ops/stock/:sku": ["seen"],
  "/ops/webhooks": ["", "?status=received", "?source=webhook", "?age=week"],
  "/ops/webhooks/:id": ["evt_planted", "none"],
  "/ops/webhooks/out": [""],
  "/ops/webhooks/out/:endpoint": endpoints.flatMap((id) => [
    ...[id, `${id}?status=failed`],
    ...acts.map((act) => `${id}?did=${act}`),
  ]),
  "/ops/webhooks/out/:endpoint/acts/:act": endpoints.map((id) => `${id}/replay_events`),
  "/ops/api/webhook-endpoints": [""],
  "/ops/api/webhook-endpoints/:endpoint": endpoints,
  "/ops/queues-now": [""],
  "/ops/audit": ["", "?act=check", `?order=${order.id}`, "?actor=ops:ann"],
  "/ops/health": [""],
});

const orders = () => [order.id, forced.id];
const searches = () =>
  ["seen", "evt_planted", "ch_planted", order.id, address, buyer.email, buyer.phone].map(
    (query) => `?q=${encodeURIComponent(query)}`,
  );

/** The addresses of a route: its parameters are filled in turn, what is left stands at its end. */
function addressesOf(route: string): string[] {
  return (visits()[route] ?? []).map((visit) => {
    const [, path = "", query = ""] = /^([^?]*)(.*)$/.exec(visit) ?? [];
    const given = path.split("/").filter((part) => part !== "");
    const filled = route.replace(/:\w+/g, () => encodeURIComponent(given.shift() ?? ""));
    return filled + query;
  });
}

const routes = () => {
  const gets = board.api.routes.filter(({ method, path }) => method === "GET" && isOps(path));
  return [...new Set(gets.map(({ path }) => path))];
};
const isOps = (path: string) => path === "/ops" || path.startsWith("/ops/");

/** All that Bull Board itself answers: it has a table of its own. */
const boardAddresses = () =>
  appRoutes.api
    .filter(({ method }) => [method].flat().includes("get"))
    .flatMap(({ route }) => [route].flat())
    .map((path) => path.replace(":queueName", "payment").replace(":jobId", job))
    .map((path) => path.replace(":queueStatus", "failed").replace(":schedulerId", "any"))
    .map((path) => `/ops/queues${path}`)
    .concat("/ops/queues", "/ops/queues/api/queues?activeQueue=payment&status=failed");

const known = () => [...routes().flatMap(addressesOf), ...boardAddresses()];

type Seen = { path: string; status: number; text: string };

async function see(role: Role, path: string): Promise<Seen> {
  const accept = path.includes("/api/") ? "application/json" : "text/html";
  const { headers } = board.people[role];
  const request = new Request(`http://api.test${path}`, { headers: { ...headers, accept } });
  const answer = await board.api.fetch(request);
  const { status } = answer;
  const isStream = answer.headers.get("content-type")?.startsWith("text/event-stream");
  const body = isStream ? await firstNews(answer) : await answer.text();
  // What they type themselves is said back to them.
  const typed = new URL(request.url).searchParams.get("q");
  const text = `${answer.headers.get("location") ?? ""} ${body}`;
  return { path, status, text: typed ? text.replaceAll(typed, "") : text };
}

/** What a stream tells first. It would go on for minutes. */
async function firstNews(answer: Response): Promise<string> {
  let told = "";
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  while (reader && !told.includes("data: ")) {
    const { value, done } = await reader.read();
    if (done) break;
    told += value;
  }
  await reader?.cancel();
  return told;
}

async function seeAll(role: Role): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const path of known()) seen.push(await see(role, path));
  return seen;
}

/** Who bought stands sealed beside the order. */
const namesBuyer = ({ text }: Seen) =>
  [buyer.email, buyer.phone, buyer.name].some((said) => text.includes(said));

describe("a person whom suppliers, shops and colleagues named in free texts", () => {
  test("is planted in every table that has any", () => {
    expect(empty).toEqual([]);
  });

  test("is looked for at every address that there is", () => {
    expect(Object.keys(visits()).sort()).toEqual(routes().sort());
    for (const route of routes()) expect([route, addressesOf(route)]).not.toEqual([route, []]);
  });

  test("is not known to a viewer, wherever they look", async () => {
    const seen = await seeAll("viewer");
    expect(seen.filter(({ status }) => status >= 500)).toEqual([]);
    const told = seen.filter((each) => namesThem(each.text) || namesBuyer(each));
    expect(told.map(({ path }) => path)).toEqual([]);
  }, 60_000);

  test("is known to an operator on the pages of their work", async () => {
    const silent: string[] = [];
    for (const path of known().filter((each) => isTold.test(each))) {
      if (!namesThem((await see("operator", path)).text)) silent.push(path);
    }
    expect(silent).toEqual([]);
  }, 60_000);
});

/** Without these the viewer's answers would prove nothing. */
const isTold = new RegExp(
  "^/ops(/api/orders/[^?]*|/orders/[^/?]+|/stock/seen|/webhooks/evt_planted|/audit|/health|" +
    "/api/problems)?$",
);
