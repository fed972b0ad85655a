import { onTestFinished } from "vitest";

/** One part of a stream of server-sent events. */
type Part = { id: string; event: string; data: Record<string, unknown> };

export type OpenStream = {
  status: number;
  headers: Headers;
  text(): string;
  /** What came so far. */
  parts(): Part[];
  seqs(): number[];
  /** How it ended: `ended` by the server, `broken` by whatever, `left` by us. */
  ended: Promise<"ended" | "broken" | "left">;
  leave(): void;
};

/** Follows an order as a storefront does with fetch, for the length of a test. */
export async function openStream(
  url: string,
  as: string,
  lastEventId?: number,
): Promise<OpenStream> {
  const leaving = new AbortController();
  onTestFinished(() => leaving.abort());
  const headers = {
    accept: "text/event-stream",
    authorization: `Bearer ${as}`,
    ...(lastEventId === undefined ? {} : { "last-event-id": String(lastEventId) }),
  };
  const answer = await fetch(url, { headers, signal: leaving.signal });
  let text = "";
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) text += decoder.decode(chunk, { stream: true });
    return "ended" as const;
  };
  const parts = () => text.split("\n\n").flatMap(partOf);
  return {
    status: answer.status,
    headers: answer.headers,
    text: () => text,
    parts,
    seqs: () => parts().flatMap(({ id, event }) => (event === "end" ? [] : [Number(id)])),
    ended: read().catch(() => (leaving.signal.aborted ? "left" : "broken")),
    leave: () => leaving.abort(),
  };
}

function partOf(text: string): Part[] {
  const [, id = "", event = "", data = ""] =
    /^id: (\d+)\nevent: (\S+)\ndata: (\{.*\})$/.exec(text) ?? [];
  return id === "" ? [] : [{ id, event, data: JSON.parse(data) }];
}
