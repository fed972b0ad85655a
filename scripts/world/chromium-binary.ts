import { existsSync } from "node:fs";
import path from "node:path";
import { MissingPiece } from "./missing-piece.ts";
import { places } from "./places.ts";
import { findOnPath, librariesIn } from "./unpacked-package.ts";

export interface ChromiumBinary {
  file: string;
  /** Beside the environment: where an unpacked package has its libraries and its letters. */
  env: Record<string, string>;
}

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const macChrome = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/**
 * Chromium (or Chrome) from PATH, else the one that scripts/bootstrap.cjs has unpacked. Undefined
 * where there is none and no package manager that could bring one.
 */
export function findChromium(
  searchPath: string,
  unpacked: string = places.chromiumPackage,
): ChromiumBinary | undefined {
  const installed =
    findOnPath(names, searchPath) ?? (existsSync(macChrome) ? macChrome : undefined);
  if (installed) return { file: installed, env: {} };
  const file = path.join(unpacked, "usr/lib/chromium/chromium");
  if (existsSync(file)) {
    const letters = existsSync(path.join(unpacked, "etc/fonts/fonts.conf"));
    return {
      file,
      env: {
        LD_LIBRARY_PATH: librariesIn(unpacked),
        ...(letters && { FONTCONFIG_SYSROOT: unpacked }),
      },
    };
  }
  if (findOnPath(["apt-get"], searchPath) === undefined) return undefined;
  throw new MissingPiece(
    "There is no Chromium on this machine.",
    "Run npm test once, which fetches one, or install chromium.",
  );
}
