import type { Node } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import { lineOf, nodesOf, type ReadProject } from "./compiler.ts";

/** What one takes in at one look. */
const functionLines = 70;

/** Functions that are too long, signature and braces counted. */
export function longFunctions(project: ReadProject): string[] {
  return project.files.flatMap(({ path, source }) =>
    [...nodesOf(source)]
      .filter((node) => isFunction(node) && !isDescription(node))
      .map((node) => ({ start: node.getStart(source), end: node.getEnd() }))
      .filter(({ start, end }) => source.text.slice(start, end).split("\n").length > functionLines)
      .map(({ start }) => `${path}:${lineOf(source, start)}`),
  );
}

function isFunction(node: Node): boolean {
  return (
    is.isFunctionDeclaration(node) ||
    is.isFunctionExpression(node) ||
    is.isArrowFunction(node) ||
    is.isMethodDeclaration(node) ||
    is.isConstructorDeclaration(node)
  );
}

/** What `describe` is given is a chapter of tests, not something that one follows step by step. */
function isDescription({ parent }: Node): boolean {
  if (!parent || !is.isCallExpression(parent)) return false;
  return /^describe\b/.test(parent.expression.getText());
}
