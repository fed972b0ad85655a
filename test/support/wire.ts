import { connect, createServer, type Server, type Socket } from "node:net";
import { freePort } from "../../scripts/world/ports.ts";

/** Lays a wire to a server; Aurora is given its `url` in place of the server's own. */
export async function layWire(targetUrl: string): Promise<Wire> {
  const wire = new Wire(new URL(targetUrl), await freePort());
  await wire.up();
  return wire;
}

type Connection = { client: Socket; server: Socket; isStranded: boolean };
type Cut = { words: string; when: "before" | "after" };

/** A wire between Aurora and a server, which a test may cut or silence. */
export class Wire {
  readonly url: string;
  readonly #target: URL;
  readonly #port: number;
  readonly #connections = new Set<Connection>();
  #listener: Server | null = null;
  #isSilent = false;
  #cut: Cut | null = null;

  constructor(target: URL, port: number) {
    this.#target = target;
    this.#port = port;
    const url = new URL(target);
    url.host = `127.0.0.1:${port}`;
    this.url = url.href;
  }

  up(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#listener = createServer((client) => this.#join(client)).once("error", reject);
      this.#listener.listen(this.#port, "127.0.0.1", () => resolve());
    });
  }

  /** Cuts all connections and refuses new ones, as a server that was stopped. */
  async down(): Promise<void> {
    const listener = this.#listener;
    this.#listener = null;
    for (const connection of this.#connections) this.#end(connection);
    if (listener) await new Promise<void>((resolve) => listener.close(() => resolve()));
  }

  /** Lets nothing through, and says nothing: as a server that is frozen, or a lost network. */
  silence(): void {
    this.#isSilent = true;
    for (const connection of this.#connections) hush(connection);
  }

  speak(): void {
    this.#isSilent = false;
    for (const { client, server, isStranded } of this.#connections) {
      if (isStranded) continue;
      client.resume();
      server.resume();
    }
  }

  /** The present connections stay silent for ever; new ones work: as after a failover. */
  strand(): void {
    for (const connection of this.#connections) {
      connection.isStranded = true;
      hush(connection);
    }
  }

  /** Cuts the next connection that says this: before the server hears it, or before it answers. */
  cutAt(words: string, when: Cut["when"]): void {
    this.#cut = { words, when };
  }

  #join(client: Socket): void {
    const server = connect(Number(this.#target.port), this.#target.hostname);
    const connection = { client, server, isStranded: false };
    this.#connections.add(connection);
    const end = () => this.#end(connection);
    for (const socket of [client, server]) socket.on("error", end).on("close", end);
    client.on("data", (chunk) => {
      const cut = this.#cut && chunk.includes(this.#cut.words) ? this.#cut.when : null;
      if (cut) this.#cut = null;
      if (cut === "before") return end();
      // The answer is lost: nothing of what the server says from now on comes back.
      if (cut === "after") server.removeAllListeners("data").once("data", end);
      server.write(chunk);
    });
    server.on("data", (chunk) => client.write(chunk));
    if (this.#isSilent) hush(connection);
  }

  #end(connection: Connection): void {
    this.#connections.delete(connection);
    connection.client.destroy();
    connection.server.destroy();
  }
}

function hush({ client, server }: Connection): void {
  client.pause();
  server.pause();
}
