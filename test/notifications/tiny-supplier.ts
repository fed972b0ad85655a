import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

type Asked = {
  method: string;
  path: string;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
};
type Answering = (response: ServerResponse, socket: Socket) => void;

/** A real HTTP server that keeps what it was asked and answers as the test says. */
export async function tinySupplier() {
  const asked: Asked[] = [];
  let answering: Answering = (response) => response.end();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      asked.push({ method, path, headers, body: Buffer.concat(chunks).toString("utf8") });
      answering(response, request.socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer(status: number, body: unknown, headers: Record<string, string> = {}) {
      answering = (response) => {
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(typeof body === "string" ? body : JSON.stringify(body));
      };
    },
    neverAnswer() {
      answering = () => {};
    },
    hangUp() {
      answering = (_, socket) => socket.destroy();
    },
    trickle(status: number, headers: Record<string, string> = {}) {
      answering = (response) => {
        response.writeHead(status, { "content-length": "10000", ...headers });
        const timer = setInterval(() => response.write(" "), 50);
        response.on("close", () => clearInterval(timer));
      };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** The address of a server that is not there. */
export async function closedUrl(): Promise<string> {
  const supplier = await tinySupplier();
  await supplier[Symbol.asyncDispose]();
  return supplier.url;
}

/** What a promise is rejected with; a promise that resolves fails the test. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => Promise.reject(new Error(`resolved with ${JSON.stringify(value)}`)),
    (error: unknown) => error,
  );
}
