import { type Browser, chromium } from "playwright-core";
import { type ChromiumBinary, findChromium } from "../../../scripts/world/chromium-binary.ts";

/** Undefined, with a loud line, only where nothing could bring a Chromium. */
export function chromiumHere(): ChromiumBinary | undefined {
  const found = findChromium(process.env["PATH"] ?? "");
  if (found) return found;
  console.error(
    "\n!!! THE BROWSER TESTS ARE LEFT OUT: there is no Chromium on this machine, and no apt-get\n" +
      "!!! to fetch one with. Install chromium or Google Chrome to run them.\n",
  );
  return undefined;
}

/** Its sandbox is given up only where the system does not let it have one, as root it can't. */
export async function launch({ file, env }: ChromiumBinary): Promise<Browser> {
  const start = (chromiumSandbox: boolean) =>
    chromium.launch({
      executablePath: file,
      chromiumSandbox,
      env: { ...process.env, ...env },
      args: ["--font-render-hinting=none", "--disable-dev-shm-usage"],
    });
  if (process.getuid?.() === 0) return await start(false);
  return await start(true).catch(() => start(false));
}
