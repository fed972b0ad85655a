import { once } from "node:events";
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";

/**
 * What stands before several web processes: each connection goes to the next of them in turn, and
 * past those that are gone.
 */
export async function startBalancer(urls: readonly string[]) {
  const targets = urls.map((url) => new URL(url));
  const sockets = new Set<Socket>();
  let turn = 0;
  const server = createServer((near) => {
    sockets.add(near.on("error", () => undefined));
    near.on("close", () => sockets.delete(near));
    connectTo(near, turn++, targets.length);
  });

  function connectTo(near: Socket, index: number, left: number): void {
    const { hostname, port } = targets[index % targets.length] as URL;
    const far = dial({ host: hostname, port: Number(port) });
    let isThere = false;
    far.on("connect", () => {
      isThere = true;
      near.pipe(far);
      far.pipe(near);
    });
    far.on("error", () => undefined);
    far.on("close", () => {
      if (isThere || left <= 1) near.destroy();
      else connectTo(near, index + 1, left - 1);
    });
    near.on("close", () => far.destroy());
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    end() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
