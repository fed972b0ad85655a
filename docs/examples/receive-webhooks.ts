import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

/**
 * Receives Aurora's webhooks: WEBHOOK_SECRET is the endpoint's secret (whsec_...), PORT where to
 * listen. Prints how each order stands whenever that is news.
 */
const webhook = new Webhook(process.env["WEBHOOK_SECRET"] ?? "");

/** No event comes near it: a stranger must not fill our memory. */
const longestBody = 1_000_000;

type Event = { id: string; type: string; seq: number; orderId: string; orderNumber: string } & {
  status: string;
};

/** In a database: a unique key on the event's id, written with what the event makes you do. */
const seen = new Set<string>();
/** The newest event of each order. */
const newest = new Map<string, Event>();

const server = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8").on("data", (chunk: string) => {
    body += chunk;
    if (body.length > longestBody) request.destroy();
  });
  request.on("end", () => {
    const event = read(body, request.headers as Record<string, string>);
    // First store, then answer: what is answered with 2xx does not come again.
    if (event) take(event);
    response.writeHead(event ? 204 : 401).end();
  });
});

/** Who has no signature made with the secret, not too long ago, is a stranger. */
function read(body: string, headers: Record<string, string>): Event | null {
  try {
    return webhook.verify(body, headers) as Event;
  } catch {
    return null;
  }
}

function take(event: Event): void {
  // The same event may come twice.
  if (seen.has(event.id)) return;
  seen.add(event.id);
  // An older one may come after a newer one: orders do not go back.
  if ((newest.get(event.orderId)?.seq ?? 0) >= event.seq) return;
  newest.set(event.orderId, event);
  process.stdout.write(`${event.orderNumber} is ${event.status} (${event.type} ${event.seq})\n`);
}

server.listen(Number(process.env["PORT"]), "127.0.0.1");
