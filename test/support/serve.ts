import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";

/** A server of Node's own before what answers requests, as streams need it. */
export async function serve(
  fetch: (request: Request, env: object) => Response | Promise<Response>,
): Promise<{ url: string; port: number; close(): void }> {
  const server = createAdaptorServer({ fetch }) as Server;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}`, port },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
