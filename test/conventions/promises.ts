import { type Expression, type SourceFile, SyntaxKind } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import { type Checker, SignatureKind, type Type, TypeFlags } from "typescript/unstable/sync";
import { lineOf, nodesOf, type ReadProject } from "./compiler.ts";

/**
 * Promises that nobody waits for, by the compiler's own knowledge of types. Biome's rule sees
 * most of them while one types, but none of `node:fs/promises`, `pg` or Stripe: their types
 * are beyond it.
 */
export function forgottenPromises(project: ReadProject): string[] {
  const look = promiseFinder(project.checker);
  return project.files.flatMap(({ path, source }) =>
    look(source).map(
      ({ node, fault }) => `${path}:${lineOf(source, node.getStart(source))} ${fault}`,
    ),
  );
}

type Finding = { node: Expression; fault: "is not awaited" | "is async where nobody awaits" };

function promiseFinder(checker: Checker): (file: SourceFile) => Finding[] {
  const known = new Map<number, boolean>();

  function isPromise(type: Type): boolean {
    const before = known.get(type.id);
    if (before !== undefined) return before;
    const parts = type.isUnionType() ? type.getTypes() : [];
    const elements = checker.isArrayType(type) && type.isTypeReference();
    const answer =
      parts.some(isPromise) ||
      (elements && checker.getTypeArguments(type).some(isPromise)) ||
      checker.getPropertyOfType(type, "then") !== undefined;
    known.set(type.id, answer);
    return answer;
  }

  /** A callback whose caller throws away what it returns, its rejection included. */
  function isUnheard(callback: Expression): boolean {
    const expected = checker.getContextualType(callback);
    if (expected === undefined) return false;
    const parts = expected.isUnionType() ? expected.getTypes() : [expected];
    const answers = parts
      .flatMap((part) => checker.getSignaturesOfType(part, SignatureKind.Call))
      .map((signature) => checker.getReturnTypeOfSignature(signature));
    return answers.length > 0 && answers.every((type) => type && type.flags & TypeFlags.Void);
  }

  return (file) => {
    const { statements, callbacks } = candidates(file);
    const types = statements.length > 0 ? checker.getTypeAtLocation(statements) : [];
    const floating = statements.filter((_, index) => types[index] && isPromise(types[index]));
    return [
      ...floating.map((node): Finding => ({ node, fault: "is not awaited" })),
      ...callbacks
        .filter(isUnheard)
        .map((node): Finding => ({ node, fault: "is async where nobody awaits" })),
    ];
  };
}

/** Expressions that stand alone as statements, and async functions written as values. */
function candidates(file: SourceFile): { statements: Expression[]; callbacks: Expression[] } {
  const statements: Expression[] = [];
  const callbacks: Expression[] = [];
  for (const node of nodesOf(file)) {
    if (is.isExpressionStatement(node) && !isSettled(node.expression)) {
      statements.push(node.expression);
    }
    const isFunction = is.isArrowFunction(node) || is.isFunctionExpression(node);
    if (isFunction && node.modifiers?.some(({ kind }) => kind === SyntaxKind.AsyncKeyword)) {
      callbacks.push(node);
    }
  }
  return { statements, callbacks };
}

/** `await`, `void`, an assignment, or a rejection that is caught: somebody has decided. */
function isSettled(expression: Expression): boolean {
  if (is.isAwaitExpression(expression) || is.isVoidExpression(expression)) return true;
  if (is.isBinaryExpression(expression)) {
    const { kind } = expression.operatorToken;
    return kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment;
  }
  if (!is.isCallExpression(expression)) return false;
  const called = expression.expression;
  if (!is.isPropertyAccessExpression(called)) return false;
  return (
    called.name.text === "catch" ||
    (called.name.text === "then" && expression.arguments.length === 2)
  );
}
