// Objects that begin with those of another, `{ ...it, more }`, without what V8 makes of them in Node 20 (decision 0031).
import ts from 'typescript';

/**
 * The same text, where such literals begin with nothing. One property alone is left out: that is a copy, or the rest of a
 * pattern.
 */
export function quickSpread(text) {
  const file = ts.createSourceFile('program.cjs', text, ts.ScriptTarget.ES2022, false, ts.ScriptKind.JS);
  const starts = [];
  const visit = (node) => {
    if (ts.isObjectLiteralExpression(node) && node.properties.length > 1) {
      const [first] = node.properties;
      if (ts.isSpreadAssignment(first)) starts.push(first.getStart(file));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  const cuts = [0, ...starts.sort((a, b) => a - b), text.length];
  return cuts
    .slice(1)
    .map((end, index) => text.slice(cuts[index], end))
    .join('...void 0,');
}
