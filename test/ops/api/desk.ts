import { randomUUID } from "node:crypto";
import { beforeAll } from "vitest";
import { addOperator } from "../../../src/ops/access/operators.ts";
import { type Role, roles } from "../../../src/ops/access/roles.ts";
import { type Answer, useApi } from "../../support/api.ts";

type Wishes = {
  as?: Role;
  json?: unknown;
  key?: string;
  version?: number | string | undefined;
  headers?: Record<string, string>;
};

/** The operators' API with an operator of each role, who is called as the role is. */
export function useOpsApi(...wishes: Parameters<typeof useApi>) {
  const api = useApi(...wishes);
  const tokens = new Map<Role, string>();
  beforeAll(async () => {
    for (const role of roles) {
      const who = { name: role, password: "a long password" };
      await addOperator(api.db, { ...who, role }, { actor: "cli:test", reason: "for the tests" });
      const { body } = await api.ask("/ops/api/sessions", { json: who });
      tokens.set(role, body.token);
    }
  });

  /** Asks under /ops/api, as an operator unless another role is named. */
  function ask(path: string, { as = "operator", json, key, version, headers = {} }: Wishes = {}) {
    const ifMatch = version === undefined ? {} : { "if-match": `"${version}"` };
    return api.ask(`/ops/api${path}`, {
      as: tokens.get(as) ?? "",
      ...(json === undefined ? {} : { json }),
      key: key ?? randomUUID(),
      headers: { ...ifMatch, ...headers },
    });
  }
  return {
    api,
    ask,
    act: (id: string, name: string, more: Wishes & { input?: object; dryRun?: boolean } = {}) => {
      const { input = {}, dryRun = false, ...rest } = more;
      const json = { input, dryRun, reason: "the customer called" };
      return ask(`/orders/${id}/acts/${name}`, { json, ...rest });
    },
    async versionOf(id: string): Promise<number> {
      const { version } = await api.db
        .selectFrom("orders")
        .select("version")
        .where("id", "=", id)
        .executeTakeFirstOrThrow();
      return version;
    },
  };
}

/** The parts of a problem that programs look at. */
export function problemOf({ status, body }: Answer) {
  return { status, type: body.type, code: body.code };
}
