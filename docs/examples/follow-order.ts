/** An event of an order, as Aurora tells it. */
export type OrderEvent = {
  id: string;
  type: string;
  seq: number;
  orderId: string;
  status: string;
  at: string;
  data: Record<string, unknown>;
};

/**
 * Follows an order until its story is over, through broken connections, restarts and outages:
 * each event comes once, in its order. For browsers and servers alike: it needs only fetch.
 */
export async function followOrder(
  url: string,
  credential: string,
  onEvent: (event: OrderEvent) => void,
  signal?: AbortSignal,
): Promise<void> {
  let lastId = "0";
  while (!signal?.aborted) {
    const headers = {
      Accept: "text/event-stream",
      Authorization: `Bearer ${credential}`,
      "Last-Event-ID": lastId,
    };
    const answer = await fetch(url, { headers, ...(signal && { signal }) }).catch(() => null);
    if (answer?.status === 204) return;
    if (answer?.status === 200 && answer.body) {
      for await (const { id, event, data } of partsOf(answer.body)) {
        if (event === "end") return;
        lastId = id;
        onEvent(JSON.parse(data));
      }
    } else if (answer && answer.status !== 429 && answer.status < 500) {
      throw new Error(`The order can't be followed: ${answer.status} ${await answer.text()}`);
    }
    const seconds = Number(answer?.headers.get("Retry-After") ?? 1);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  }
}

/** Heartbeats come every 15 s: after that silence the connection is dead, though nobody said so. */
const longestSilenceMs = 40_000;

/** The parts of a stream of server-sent events, without its heartbeats; a break ends them. */
async function* partsOf(body: ReadableStream<Uint8Array>) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const silence = setTimeout(() => void reader.cancel(), longestSilenceMs);
    const { done, value } = await reader.read().catch(() => ({ done: true, value: "" }));
    clearTimeout(silence);
    if (done) return;
    text += value;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const field = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
      if (field("id") !== "") {
        yield { id: field("id"), event: field("event"), data: field("data") };
      }
    }
  }
}
