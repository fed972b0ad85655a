import type { IncomingHttpHeaders } from "node:http";
import { Agent, type Dispatcher, EnvHttpProxyAgent } from "undici";
import { lateness } from "./prompt-agents.ts";

export type Question = {
  origin: string;
  path: string;
  method: "GET" | "POST" | "DELETE";
  headers: Record<string, string>;
  body: string | null;
};
export type Reply = { status: number; headers: IncomingHttpHeaders; text: string };

/** @throws NoReply */
export type Asking = (question: Question, milliseconds: number) => Promise<Reply>;

/** Why no whole answer came, as node:http would say it, and what was there of one. */
export type NoReply = NodeJS.ErrnoException & { begun?: Omit<Reply, "text"> };

/** More than any worker has in flight, so that no request waits here while its time runs. */
const mostSockets = 256;

/**
 * Asks suppliers over connections that stay open: the wire below their SDKs. Node's own client
 * takes more than twice the CPU for a request. A connection must stand within a time of its own:
 * without it a network that swallows packets looks like a supplier that took our request and
 * never answered. The whole answer must be there in time, also where it trickles in.
 */
export function promptRequests(connectMs: number, { proxied = false } = {}): Asking {
  const wishes = {
    connections: mostSockets,
    // To whoever is connected to: the supplier, or the proxy on the way to it.
    connectTimeout: connectMs,
    allowH2: false,
    // One time limit holds for all, see below.
    ...{ headersTimeout: 0, bodyTimeout: 0 },
  };
  const agent = proxied ? new EnvHttpProxyAgent(wishes) : new Agent(wishes);
  return (question, milliseconds) =>
    new Promise((resolve, reject) => {
      agent.dispatch(question, listen({ connectMs, milliseconds, resolve, reject }));
    });
}

type Listening = {
  connectMs: number;
  milliseconds: number;
  resolve: (reply: Reply) => void;
  reject: (error: NoReply) => void;
};

function listen(wishes: Listening): Dispatcher.DispatchHandler {
  const { milliseconds, resolve, reject } = wishes;
  let begun: Omit<Reply, "text"> | undefined;
  const chunks: Buffer[] = [];
  let late: Error | undefined;
  let request: Dispatcher.DispatchController | undefined;
  const timer = setTimeout(() => {
    late = request ? lateness(milliseconds) : noConnection(milliseconds);
    request?.abort(late);
    fail(late);
  }, milliseconds);

  function fail(error: Error): void {
    clearTimeout(timer);
    const named: NoReply = request ? asNode(error) : neverSent(error, wishes.connectMs);
    reject(begun ? Object.assign(named, { begun }) : named);
  }

  return {
    onRequestStart(controller) {
      request = controller;
      // Nobody waits for it any more: it must not be sent.
      if (late) controller.abort(late);
    },
    onResponseStart(_controller, status, headers) {
      begun = { status, headers };
    },
    onResponseData(_controller, chunk) {
      chunks.push(chunk);
    },
    onResponseEnd() {
      clearTimeout(timer);
      const [only = Buffer.alloc(0)] = chunks;
      const whole = chunks.length > 1 ? Buffer.concat(chunks) : only;
      if (begun) resolve({ ...begun, text: whole.toString("utf8") });
    },
    onResponseError: (_controller, error) => fail(error),
  };
}

/** The client has codes of its own; the SDKs, and we, go by those of Node and the kernel. */
function asNode(error: NodeJS.ErrnoException): NodeJS.ErrnoException {
  return error.code === "UND_ERR_SOCKET" ? Object.assign(error, { code: "ECONNRESET" }) : error;
}

/**
 * Whatever failed before the client began with the request: a name, a socket, a proxy's tunnel,
 * TLS. Those who ask us know by the system call that nothing of it was sent.
 */
function neverSent(error: NodeJS.ErrnoException, connectMs: number): NodeJS.ErrnoException {
  const { code, message } = error;
  if (code === "UND_ERR_CONNECT_TIMEOUT") return noConnection(connectMs);
  const named = new Error(message || code, { cause: error });
  return Object.assign(named, { code, syscall: "connect" });
}

function noConnection(milliseconds: number): NodeJS.ErrnoException {
  const error = new Error(`no connection within ${milliseconds} ms`);
  return Object.assign(error, { code: "ETIMEDOUT", syscall: "connect" });
}
