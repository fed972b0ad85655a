import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { waitFor } from "../support/wait-for.ts";

/** What somebody was told, as it came. */
export type Told = { headers: IncomingHttpHeaders; body: string; at: number };
type Respond = (response: ServerResponse, told: Told) => void | Promise<void>;

const well: Respond = (response) => {
  response.writeHead(204).end();
};

/** Another system, on a port of its own: it keeps what it is told, and answers as it is told to. */
export async function startReceiver(respond: Respond = well) {
  const told: Told[] = [];
  let manner = respond;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      const one = { headers: request.headers, body, at: performance.now() };
      told.push(one);
      void manner(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    told,
    /** What it was told, as the events themselves. */
    events: () => told.map(({ body }) => JSON.parse(body) as { id: string; seq: number }),
    answers(next: Respond) {
      manner = next;
    },
    answersWell() {
      manner = well;
    },
    answersStatus(status: number, headers: Record<string, string> = {}, body = "") {
      manner = (response) => {
        response.writeHead(status, headers).end(body);
      };
    },
    untilTold: (times: number) =>
      waitFor(`${times} calls`, () => {
        if (told.length >= times) return true;
        throw new Error(`${told.length} calls came.`);
      }),
  };
}
