/**
 * Dimensions: a number, or a product of symbols (`T`, `N*T`, `4*N`) whose values are known when a program runs.
 * Products are kept in one canonical form, so that equal dimensions are equal strings.
 */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

function factorsOf(dimension: Dimension): { coefficient: number; symbols: string[] } {
  if (typeof dimension === 'number') return { coefficient: dimension, symbols: [] };
  const parts = dimension.split('*');
  const coefficient = Number(parts[0]);
  return Number.isNaN(coefficient)
    ? { coefficient: 1, symbols: parts }
    : { coefficient, symbols: parts.slice(1) };
}

/** The product of dimensions; 1 for none. */
export function product(dimensions: Shape): Dimension {
  let coefficient = 1;
  const symbols: string[] = [];
  for (const dimension of dimensions) {
    const factors = factorsOf(dimension);
    coefficient *= factors.coefficient;
    symbols.push(...factors.symbols);
  }
  if (coefficient === 0 || symbols.length === 0) return coefficient;
  return (coefficient === 1 ? symbols.sort() : [String(coefficient), ...symbols.sort()]).join('*');
}

/** The symbols of a dimension, each once. */
export const symbolsOf = (dimension: Dimension): readonly string[] => [
  ...new Set(factorsOf(dimension).symbols),
];

/** The value of a dimension, given those of its symbols. */
export function evaluateDimension(dimension: Dimension, value: (symbol: string) => number): number {
  const { coefficient, symbols } = factorsOf(dimension);
  return symbols.reduce((total, symbol) => total * value(symbol), coefficient);
}

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);

export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`;

/** Numpy's broadcasting: axes are aligned at the end, and 1 stretches. Undefined when the shapes don't fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const result: Dimension[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return undefined;
    result.push(left === 1 ? right : left);
  }
  return result;
}
