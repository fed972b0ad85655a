import { type LookupAddress, lookup } from "node:dns";
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { isPublic } from "./addresses.ts";
import { type AddressRules, hostOf } from "./read-address.ts";

export type PostRules = AddressRules & {
  /** For everything, from the first packet to the last. */
  timeoutSeconds: number;
};

/** What came of a call: an answer with its beginning, or why there was none. */
export type Answer =
  | { status: number; retryAfter: string | null; excerpt: string }
  | { status: null; reason: string };

/** A name must lead somewhere, and somebody must listen there, in so many seconds. */
const connectSeconds = 5;
/** So much of an answer is read, whatever is sent: its status is what counts. */
const mostBytes = 4_096;
const idleSocketsMs = 10_000;

/** Only what was looked up and found to be public is connected to: once, so nothing changes. */
class NotPublic extends Error {}

export type Post = (
  address: string,
  body: string,
  headers: Record<string, string>,
) => Promise<Answer>;

/** Posts to endpoints. Redirects are not followed, and no answer is read beyond its bound. */
export function poster(rules: PostRules): Post {
  const sockets = { keepAlive: true, maxFreeSockets: 64, timeout: idleSocketsMs };
  const agents = { "http:": new HttpAgent(sockets), "https:": new HttpsAgent(sockets) };
  return (address, body, headers) => {
    const url = new URL(address);
    const host = hostOf(url);
    // For an address without a name nothing is looked up.
    if (isIP(host) && !rules.allowPrivate && !isPublic(host)) {
      return Promise.resolve({ status: null, reason: notPublic });
    }
    const isTls = url.protocol === "https:";
    const options = {
      method: "POST",
      agent: isTls ? agents["https:"] : agents["http:"],
      ...(!rules.allowPrivate && { lookup: publicLookup }),
      headers: {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        "user-agent": "Aurora-Webhooks/1",
        ...headers,
      },
    };
    return new Promise((resolve) => {
      const request = isTls ? requestHttps(url, options) : requestHttp(url, options);
      const settle = (answer: Answer) => {
        clearTimeout(total);
        clearTimeout(connecting);
        resolve(answer);
      };
      const giveUp = (reason: string) => {
        settle({ status: null, reason });
        request.destroy();
      };
      const total = setTimeout(
        () => giveUp(`There was no answer within ${rules.timeoutSeconds} s.`),
        rules.timeoutSeconds * 1_000,
      );
      const connecting = setTimeout(
        () => giveUp(`No connection was made within ${connectSeconds} s.`),
        connectSeconds * 1_000,
      );
      request.on("socket", (socket) => {
        const ready = isTls ? "secureConnect" : "connect";
        if (socket.connecting) socket.once(ready, () => clearTimeout(connecting));
        else clearTimeout(connecting);
      });
      let isAnswered = false;
      request.on("error", (error) => {
        if (!isAnswered) settle({ status: null, reason: reasonFor(error, host) });
      });
      request.on("response", (response) => {
        // What was said is said: a body that never ends, breaks off or is garbage changes nothing.
        isAnswered = true;
        clearTimeout(total);
        void readBeginning(response, rules.timeoutSeconds).then((excerpt) => {
          const retryAfter = response.headers["retry-after"] ?? null;
          settle({ status: response.statusCode ?? 0, retryAfter, excerpt });
        });
      });
      request.end(body);
    });
  };
}

/** Reads up to the bound; a longer answer costs its socket. */
function readBeginning(response: IncomingMessage, timeoutSeconds: number): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).subarray(0, mostBytes).toString("utf8"));
    };
    const cut = () => {
      end();
      response.destroy();
    };
    const timer = setTimeout(cut, timeoutSeconds * 1_000);
    response.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > mostBytes) cut();
    });
    for (const over of ["end", "close", "error"]) response.on(over, end);
  });
}

const publicLookup: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error) return done(error, []);
    const open = found.filter(({ address }) => isPublic(address));
    const [first] = open as [LookupAddress?];
    if (!first) return done(new NotPublic(notPublic), []);
    return options.all ? done(null, open) : done(null, first.address, first.family);
  });
};

/** Where a name leads inside our network is nothing that a shop may learn by asking. */
const notPublic = "Its address is not on the public internet: not called.";

function reasonFor(error: Error, host: string): string {
  if (error instanceof NotPublic) return error.message;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === "ENOTFOUND" || syscall === "getaddrinfo") return `Nobody knows the name ${host}.`;
  if (code === "ECONNREFUSED") return "Nobody listens there: the connection was refused.";
  if (code === "ECONNRESET") return "The connection was closed before there was an answer.";
  if (code?.startsWith("HPE_")) return `What was answered is not HTTP (${code}).`;
  // Node tries each address of a name in turn and reports all of their failures together.
  if (error instanceof AggregateError && error.errors[0] instanceof Error) {
    return reasonFor(error.errors[0], host);
  }
  return error.message;
}
