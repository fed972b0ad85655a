import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What Stripe answers instead of working, or null when it works. */
export type Mood = (route: string) => Refusal | null;
type Refusal = { status: number; code?: string; headers?: Record<string, string> };
type Heard = { route: string; at: number; status: number };

/** Stands before the stand-in: refuses as its mood is, and remembers when it was asked. */
export async function startMoodyStripe(standInUrl: string) {
  const heard: Heard[] = [];
  let mood: Mood = () => null;
  const server = createServer((request, response) => {
    const at = performance.now();
    const route = routeOf(request);
    const refusal = mood(route);
    const leaving = new AbortController();
    response.on("close", () => leaving.abort());
    const answering = refusal
      ? Promise.resolve(refused(refusal))
      : forwarded(standInUrl, request, leaving.signal);
    void answering.then(
      ({ status, headers, body }) => {
        heard.push({ route, at, status });
        response.writeHead(status, headers).end(body);
      },
      // The stand-in hung up, or our own side gave up waiting.
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    setMood(next: Mood) {
      mood = next;
    },
  };
}

function routeOf({ method, url = "" }: IncomingMessage): string {
  return `${method} ${url.split("?")[0]}`.replace(/\/pi_\w+/, "/:id");
}

function refused({ status, code = "api_error", headers = {} }: Refusal) {
  const error = { type: "api_error", code, message: `It is in a mood of ${status}.` };
  const json = { "content-type": "application/json", ...headers };
  return { status, headers: json, body: JSON.stringify({ error }) };
}

async function forwarded(url: string, request: IncomingMessage, signal: AbortSignal) {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { host: _, connection: __, "content-length": ___, ...headers } = request.headers;
  const answer = await fetch(`${url}${request.url}`, {
    method: request.method ?? "GET",
    headers: headers as Record<string, string>,
    signal,
    ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
  });
  const replayed = answer.headers.get("idempotent-replayed");
  return {
    status: answer.status,
    headers: {
      "content-type": "application/json",
      "request-id": answer.headers.get("request-id") ?? "",
      ...(replayed && { "idempotent-replayed": replayed }),
    },
    body: await answer.text(),
  };
}
