import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import path from "node:path";

/** The first of these programs on the search path. */
export function findOnPath(names: readonly string[], searchPath: string): string | undefined {
  const folders = searchPath.split(path.delimiter).filter((folder) => folder !== "");
  const files = names.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return files.find(isExecutable);
}

/** Where packages that were unpacked into a folder keep the libraries of their programs. */
export function librariesIn(root: string): string {
  const places = ["lib", "usr/lib"].map((name) => path.join(root, name)).filter(existsSync);
  const libraries = places.flatMap((place) =>
    foldersIn(place).filter((folder) => path.basename(folder).includes("-linux-")),
  );
  // Some libraries bring others, in a folder of their own beside them.
  return libraries
    .flatMap((folder) => [folder, ...foldersIn(folder).filter(hasLibraries)])
    .join(":");
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(folder, entry.name));
}

function hasLibraries(folder: string): boolean {
  return readdirSync(folder).some((name) => /\.so(\.|$)/.test(name));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
