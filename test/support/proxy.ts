import { connect, createServer, type Server, type Socket } from "node:net";
import { freePort } from "../../scripts/world/ports.ts";

/** A wire between Aurora and a server, which a test may cut or silence. */
export type Proxy = {
  /** The server's address with the wire in between. */
  url: string;
  /** Cuts all connections and refuses new ones, as a server that was stopped. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** Lets nothing through, and says nothing: as a server that is frozen, or a lost network. */
  silence(): void;
  speak(): void;
  /** The present connections stay silent for ever; new ones work: as after a failover. */
  strand(): void;
  /** Cuts the next connection that says this: before the server hears it, or before it answers. */
  cutAt(words: string, when: "before" | "after"): void;
  close(): Promise<void>;
};

type Pair = { client: Socket; server: Socket; stranded: boolean };

export async function startProxy(targetUrl: string): Promise<Proxy> {
  const target = new URL(targetUrl);
  const port = await freePort();
  const pairs = new Set<Pair>();
  let silent = false;
  let cut: { words: string; when: "before" | "after" } | null = null;
  let listener: Server | null = null;

  function join(client: Socket): void {
    const server = connect(Number(target.port), target.hostname);
    const pair: Pair = { client, server, stranded: false };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on("error", end).on("close", end);
    client.on("data", (chunk) => {
      const said = cut && chunk.includes(cut.words) ? cut.when : null;
      if (said) cut = null;
      if (said === "before") return end();
      // The answer is lost: nothing of what the server says from now on comes back.
      if (said === "after") server.removeAllListeners("data").once("data", end);
      server.write(chunk);
    });
    server.on("data", (chunk) => client.write(chunk));
    if (silent) hush(pair);
  }

  function hush({ client, server }: Pair): void {
    client.pause();
    server.pause();
  }

  const up = () =>
    new Promise<void>((resolve, reject) => {
      listener = createServer(join).once("error", reject);
      listener.listen(port, "127.0.0.1", () => resolve());
    });
  const down = async () => {
    const closing = listener;
    listener = null;
    for (const { client, server } of pairs) {
      client.destroy();
      server.destroy();
    }
    await new Promise<void>((resolve) => (closing ? closing.close(() => resolve()) : resolve()));
  };

  await up();
  const url = new URL(targetUrl);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    up,
    down,
    close: down,
    silence() {
      silent = true;
      for (const pair of pairs) hush(pair);
    },
    speak() {
      silent = false;
      for (const { client, server, stranded } of pairs) {
        if (stranded) continue;
        client.resume();
        server.resume();
      }
    },
    strand() {
      for (const pair of pairs) {
        pair.stranded = true;
        hush(pair);
      }
    },
    cutAt(words, when) {
      cut = { words, when };
    },
  };
}
