import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Outcome, Panel } from "../../../src/ops/switchboard/control.ts";

export interface Control {
  panel(): Promise<Panel>;
  /** Does what the path names; undefined where there is no such thing. */
  act(path: readonly string[]): Promise<Outcome | undefined>;
}

export interface ControlServer {
  /** Ends with a token: who knows the address may use it. */
  url: string;
  close(): Promise<void>;
}

/** Serves the control on loopback, to the web process of this world alone. */
export async function serveControl(control: Control): Promise<ControlServer> {
  const token = randomBytes(24).toString("base64url");
  const server = createServer((request, response) => {
    void answer(control, token, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/${token}`, close: () => stop(server) };
}

async function answer(
  control: Control,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  const [, given, ...path] = (request.url ?? "").split("/").map(decodeURIComponent);
  const send = (status: number, body: unknown) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  try {
    if (given !== token) return send(404, { sentence: "There is nothing here." });
    if (request.method === "GET" && path.join("/") === "panel") {
      return send(200, await control.panel());
    }
    const outcome = request.method === "POST" ? await control.act(path) : undefined;
    if (outcome) send(200, outcome);
    else send(409, { sentence: "That can't be done as things stand now. Look at the page again." });
  } catch (error) {
    send(500, { sentence: `It did not work: ${error instanceof Error ? error.message : error}` });
  }
}

async function stop(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
