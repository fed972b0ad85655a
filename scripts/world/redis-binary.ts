import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { MissingPiece } from "./missing-piece.ts";
import { places } from "./places.ts";

export interface RedisBinary {
  file: string;
  /** Where the unpacked package keeps the libraries it needs. */
  libraryPath: string | undefined;
}

/** Redis (or Valkey) from PATH, else the one that scripts/bootstrap.cjs has unpacked. */
export function findRedis(searchPath: string): RedisBinary {
  for (const name of ["redis-server", "valkey-server"]) {
    for (const folder of searchPath.split(path.delimiter)) {
      const file = path.join(folder, name);
      if (folder !== "" && isExecutable(file)) return { file, libraryPath: undefined };
    }
  }
  for (const name of ["redis-server", "valkey-server"]) {
    const file = path.join(places.redisPackage, "usr/bin", name);
    if (existsSync(file)) return { file, libraryPath: unpackedLibraries() };
  }
  throw new MissingPiece(
    "There is no redis-server or valkey-server on this machine.",
    "Run npm start or npm test once, which fetch one, or set REDIS_URL.",
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function unpackedLibraries(): string {
  const folder = path.join(places.redisPackage, "usr/lib");
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.includes("-linux-"))
    .map((entry) => path.join(folder, entry.name))
    .join(":");
}
