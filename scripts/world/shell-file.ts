import { writeFileSync } from "node:fs";
import type { Login } from "./local-logins.ts";
import type { ShopKeys } from "./local-settings.ts";
import type { World } from "./world.ts";

/**
 * Writes the running world's addresses and keys as shell variables, so that the README's
 * examples can be pasted as they stand. Readable by its owner only: the secret key is in it.
 */
export function writeShellFile(
  file: string,
  world: World,
  { keys, logins }: { keys: ShopKeys; logins: readonly Login[] },
): void {
  const [login] = logins;
  const variables = {
    AURORA_URL: world.apiUrl,
    SANDBOX_URL: world.sandboxUrl ?? "",
    PUBLISHABLE_KEY: keys.publishableKey,
    SECRET_KEY: keys.secretKey,
    OPERATOR_NAME: login?.name ?? "",
    OPERATOR_PASSWORD: login?.password ?? "",
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`);
  writeFileSync(file, lines.join(""), { mode: 0o600 });
}
