import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { Answer, TestApi } from "../support/api.ts";

export const home = "/v1/webhook-endpoints";
export const url = "https://erp.example/aurora";

/** How a shop's own server asks for its webhook endpoints. */
export function endpointClient(api: TestApi) {
  const ask = (path: string, wishes: Parameters<TestApi["ask"]>[1]) =>
    api.ask(`${home}${path}`, { as: api.secretKey, ...wishes });
  const post = (path: string, json: object, key: string = randomUUID()) => ask(path, { json, key });
  return {
    post,
    async added(json: object = {}): Promise<Answer["body"]> {
      const answer = await post("", { url, ...json });
      expect(answer.status).toBe(201);
      return answer.body;
    },
    read: (id: string) => ask(`/${id}`, {}),
    patch: (id: string, json: object, headers: Record<string, string> = {}) =>
      ask(`/${id}`, { method: "PATCH", json, headers }),
  };
}
