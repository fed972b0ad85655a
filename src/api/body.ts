import type { Context, MiddlewareHandler } from "hono";
import { Refused } from "../errors.ts";
import type { ApiEnv } from "./environment.ts";

/** Real orders have had 592 lines: 256 KB hold a thousand, with an address in any script. */
const mostBodyBytes = 256 * 1024;

const jsonType = /^application\/json\s*(;|$)/i;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads a JSON body before anything looks into it: its type, its size, its encoding. */
export function jsonBody(): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (!jsonType.test(c.req.header("content-type") ?? "")) {
      throw new Refused("unsupported_media_type", "Send the body as application/json.");
    }
    const text = decode(await readBody(c));
    // The validators find it here: a request can't be read twice. Hono keeps promises in this
    // cache, whatever its types say.
    c.req.bodyCache.text = Promise.resolve(text) as unknown as string;
    try {
      JSON.parse(text);
    } catch (error) {
      throw new Refused("malformed_json", `The body is not valid JSON: ${placeOf(error)}.`);
    }
    await next();
  };
}

/** The same where a body may be left out: none is as good as an empty object. */
export function optionalJsonBody(): MiddlewareHandler<ApiEnv> {
  const whole = jsonBody();
  return async (c, next) => {
    if (c.req.header("content-type") === undefined) return await next();
    if (c.req.header("content-length") === "0" || !c.req.raw.body) {
      c.req.bodyCache.text = Promise.resolve("{}") as unknown as string;
      return await next();
    }
    return await whole(c, next);
  };
}

/** The body's exact bytes, as many as are allowed; meanwhile it is the sender who is slow. */
export async function readBody(c: Context<ApiEnv>): Promise<Buffer> {
  c.set("isReceiving", true);
  try {
    return await receive(c);
  } finally {
    c.set("isReceiving", false);
  }
}

/** Also counts what nobody announced. */
async function receive(c: Context<ApiEnv>): Promise<Buffer> {
  const announced = c.req.header("content-length");
  if (announced !== undefined && c.req.header("transfer-encoding") === undefined) {
    if (Number(announced) > mostBodyBytes) throw tooLarge();
    return Buffer.from(await c.req.raw.arrayBuffer());
  }
  if (!c.req.raw.body) return Buffer.alloc(0);

  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of c.req.raw.body) {
    size += chunk.length;
    if (size > mostBodyBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): Refused {
  return new Refused("payload_too_large", `A body may have ${mostBodyBytes} bytes at most.`);
}

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Refused("malformed_json", "The body is not valid JSON: it is not UTF-8 text.");
  }
}

/** Where the parser gave up, without the text around it: that may be a person's. */
function placeOf(error: unknown): string {
  const found = error instanceof Error ? /position (\d+)/.exec(error.message) : null;
  return found ? `it can't be read from character ${found[1]} on` : "it ends too early";
}
