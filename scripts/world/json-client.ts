const patienceMs = 15_000;

interface JsonAnswer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** An answer of 400 or more, and how long to wait before asking again where it says so. */
export class AnsweredNo extends Error {
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;

  constructor(question: string, { status, headers }: Response, text: string) {
    super(`${question} was answered with ${status}: ${text}`);
    this.status = status;
    const seconds = Number(headers.get("retry-after") ?? Number.NaN);
    this.retryAfterSeconds = Number.isNaN(seconds) ? undefined : seconds;
  }
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
    if (!answer.ok) throw new AnsweredNo(`${method} ${path}`, answer, text);
    const body = (text === "" ? undefined : JSON.parse(text)) as T;
    return { status: answer.status, headers: answer.headers, body };
  };
}
