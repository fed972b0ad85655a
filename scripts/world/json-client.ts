const patienceMs = 15_000;

interface JsonAnswer<T> {
  status: number;
  headers: Headers;
  body: T;
}

export type JsonClient = ReturnType<typeof jsonClient>;

/** Speaks JSON over HTTP as any customer of the API would; an answer of 400 or more is an error. */
export function jsonClient(baseUrl: string, bearer?: string) {
  return async function ask<T>(
    method: "GET" | "POST" | "PUT",
    path: string,
    options: { body?: unknown; idempotencyKey?: string } = {},
  ): Promise<JsonAnswer<T>> {
    const answer = await fetch(new URL(path, baseUrl), {
      method,
      headers: {
        ...(bearer && { authorization: `Bearer ${bearer}` }),
        ...(options.body !== undefined && { "content-type": "application/json" }),
        ...(options.idempotencyKey && { "idempotency-key": options.idempotencyKey }),
      },
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
      signal: AbortSignal.timeout(patienceMs),
    });
    const text = await answer.text();
    if (!answer.ok)
      throw new Error(`${method} ${path} was answered with ${answer.status}: ${text}`);
    const body = (text === "" ? undefined : JSON.parse(text)) as T;
    return { status: answer.status, headers: answer.headers, body };
  };
}
