/** What people on the operators' pages may do: each role may do what those before it may. */
export const roles = ["viewer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

/** Who works on the operators' pages. A viewer sees no personal data and changes nothing. */
export type Operator = { name: string; role: Role };

export function may(operator: Pick<Operator, "role">, least: Role): boolean {
  return roles.indexOf(operator.role) >= roles.indexOf(least);
}

/** As a login may be called: it stands in logs, in histories and in addresses. */
export function isName(text: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,39}$/.test(text);
}
