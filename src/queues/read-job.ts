/** What a job says of its row and its order. One that was edited by hand may say anything. */
export function readJob({ data }: { data?: unknown }): { id: string | null; order: string | null } {
  const said: Record<string, unknown> =
    typeof data === "object" && data !== null ? { ...data } : {};
  const { id, order } = said;
  return {
    id: typeof id === "string" ? id : null,
    order: typeof order === "string" ? order : null,
  };
}
