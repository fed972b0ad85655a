import type { MiddlewareHandler } from "hono";
import type { OpsEnv } from "./authenticate.ts";
import { refuse } from "./refuse.ts";
import { may, type Role } from "./roles.ts";

/** Lets pass who has at least this role. */
export function requireRole(least: Role): MiddlewareHandler<OpsEnv> {
  return async (c, next) => {
    const operator = c.get("operator");
    if (may(operator, least)) return next();
    return refuse(
      c,
      "role_too_low",
      `This takes the role ${least}, and ${operator.name} is ${operator.role}. Ask an admin to ` +
        `do it, or for another role: npm run operators -- role ${operator.name} ${least}.`,
    );
  };
}
