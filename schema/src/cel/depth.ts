/** How deep the tree of an expression may be: everything that walks it recurses. */
import type { Node } from './ast.ts';
import { CelSyntaxError } from './issue.ts';

/** `a + b + c` is as deep as it is long. */
const MAX_DEPTH = 1_000;

/** Depth of a node with these below it. @throws CelSyntaxError */
export const above = (pos: number, ...below: readonly (Node | undefined)[]): number => {
  let depth = 0;
  for (const node of below) if (node && node.depth > depth) depth = node.depth;
  if (depth >= MAX_DEPTH) throw new CelSyntaxError(pos, `expression is nested too deeply: at most ${MAX_DEPTH} levels`);
  return depth + 1;
};
