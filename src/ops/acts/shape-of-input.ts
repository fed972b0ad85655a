import { z } from "zod";
import { may, type Role } from "../access/roles.ts";
import type { Act } from "./act.ts";

/** In an input's `meta`: the least role that may use it, where not all who may do the act may. */
export const forRole = "forRole";

/** An act's input as JSON Schema, as a role may use it: nobody is shown what would be refused. */
export function shapeOfInput({ input }: Pick<Act, "input">, role: Role) {
  const schema = z.toJSONSchema(input, { io: "input" });
  const properties = Object.entries(schema.properties ?? {}).flatMap(([name, shape]) => {
    if (typeof shape !== "object") return [];
    const { [forRole]: least = "viewer", ...property } = shape as { forRole?: Role };
    return may({ role }, least) ? [[name, property] as const] : [];
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}
