import { createServer, connect as dial, type Socket } from "node:net";

/** A gate on the way to a server: a test opens it, freezes it or closes it. */
export type Gate = {
  /** The server's address, through the gate. */
  url: string;
  open(): void;
  /** Everything that is sent waits, as if the other side were stopped. */
  freeze(): void;
  /** Connections are cut, new ones refused. */
  close(): void;
  end(): Promise<void>;
};

export async function startGate(targetUrl: string): Promise<Gate> {
  const target = new URL(targetUrl);
  let state: "open" | "frozen" | "closed" = "open";
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    if (state === "closed") return void near.destroy();
    const far = dial({ host: target.hostname, port: Number(target.port) });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (bytes) => to.write(bytes));
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      if (state === "frozen") from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("The gate has no address.");
  const url = new URL(targetUrl);
  url.host = `127.0.0.1:${address.port}`;
  return {
    url: url.href,
    open() {
      state = "open";
      for (const socket of sockets) socket.resume();
    },
    freeze() {
      state = "frozen";
      for (const socket of sockets) socket.pause();
    },
    close() {
      state = "closed";
      for (const socket of sockets) socket.destroy();
    },
    async end() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
