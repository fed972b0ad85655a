import path from "node:path";

/** Where the local world keeps its things. Everything lives in .aurora/, which git ignores. */
export const root = path.resolve(import.meta.dirname, "../..");

export const auroraFolder = path.join(root, ".aurora");

export const places = {
  data: path.join(auroraFolder, "data"),
  logs: path.join(auroraFolder, "logs"),
  test: path.join(auroraFolder, "test"),
  redisPackage: path.join(auroraFolder, "redis/root"),
  chromiumPackage: path.join(auroraFolder, "chromium/root"),
  screenshots: path.join(auroraFolder, "test/screenshots"),
  /** Which world runs now. */
  running: path.join(auroraFolder, "running.json"),
  /** The running world's addresses and keys, for a shell to read. */
  shell: path.join(auroraFolder, "shell"),
  localSettings: path.join(auroraFolder, "local.json"),
} as const;
