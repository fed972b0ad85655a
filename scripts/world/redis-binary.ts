import { existsSync } from "node:fs";
import path from "node:path";
import { MissingPiece } from "./missing-piece.ts";
import { places } from "./places.ts";
import { findOnPath, librariesIn } from "./unpacked-package.ts";

export interface RedisBinary {
  file: string;
  /** Where the unpacked package keeps the libraries it needs. */
  libraryPath: string | undefined;
}

const names = ["redis-server", "valkey-server"];

/** Redis (or Valkey) from PATH, else the one that scripts/bootstrap.cjs has unpacked. */
export function findRedis(searchPath: string): RedisBinary {
  const installed = findOnPath(names, searchPath);
  if (installed) return { file: installed, libraryPath: undefined };
  const unpacked = names.map((name) => path.join(places.redisPackage, "usr/bin", name));
  const file = unpacked.find((each) => existsSync(each));
  if (file) return { file, libraryPath: librariesIn(places.redisPackage) };
  throw new MissingPiece(
    "There is no redis-server or valkey-server on this machine.",
    "Run npm start or npm test once, which fetch one, or set REDIS_URL.",
  );
}
