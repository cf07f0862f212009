import type { Dimension } from '../dimensions.ts';
import type { Operand } from '../operation.ts';
import type { Ops } from '../ops.ts';
import type { Tensor } from '../tensor.ts';

/** An operand's values at all steps of a loop. */
export const atEachStep = (ops: Ops, { tensor, lifted }: Operand, length: Dimension): Tensor =>
  lifted ? tensor : ops.expand(tensor, [length, ...tensor.shape]);
