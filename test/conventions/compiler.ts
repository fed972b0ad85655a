import { relative } from "node:path";
import type { Node, SourceFile } from "typescript/unstable/ast";
import { API, type Checker } from "typescript/unstable/sync";

/** A project as the compiler reads it: its own files, and what it knows of their types. */
export type ReadProject = {
  files: { path: string; source: SourceFile }[];
  checker: Checker;
  [Symbol.dispose](): void;
};

/**
 * Reads the project of a folder through the compiler's own interface. It is called unstable:
 * package.json pins the exact version, and the controls of these tests speak up if it changes.
 */
export function readProject(folder: string): ReadProject {
  const api = new API({ cwd: folder });
  const snapshot = api.updateSnapshot({ openProjects: [`${folder}/tsconfig.json`] });
  const { checker, program, rootFiles } = snapshot.getProjects()[0]!;
  const files = rootFiles.map((name) => ({
    path: relative(folder, name),
    source: program.getSourceFile(name)!,
  }));
  return { files, checker, [Symbol.dispose]: () => api.close() };
}

/** Every node of a file, parents before children. */
export function* nodesOf(source: SourceFile): Generator<Node> {
  const waiting: Node[] = [source];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    yield node;
    const children: Node[] = [];
    node.forEachChild((child) => void children.push(child));
    waiting.push(...children.reverse());
  }
}

export function lineOf(source: SourceFile, position: number): number {
  return source.text.slice(0, position).split("\n").length;
}
