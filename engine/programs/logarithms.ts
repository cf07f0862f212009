/** ln(1 + x) of some columns, in graphs of either kind, and the way back. */
import type { ModelWriter } from '../graph/onnx/model-writer.ts';
import { add, constant, exp, multiply, scalar, subtract } from '../graph/ops.ts';
import type { Tensor } from '../graph/tensor.ts';

/** Which columns, by place; all, or none if absent. */
type Columns = true | readonly boolean[] | undefined;

const ones = (log: readonly boolean[]): number[] => log.map(Number);
const others = (log: readonly boolean[]): number[] => log.map((one) => Number(!one));
const isNone = (log: Columns): boolean => log === undefined || (log !== true && !log.some(Boolean));
const isAll = (log: Columns): boolean => log === true || (log?.every(Boolean) ?? false);

/** @param x - […,C]; @returns the same where it is no logarithm: of other columns ln(1 + 0·x) = 0 is added, so that their numbers may be anything */
export function logarithms(writer: ModelWriter, x: string, log: Columns): string {
  if (isNone(log)) return x;
  const node = (type: string, operands: readonly string[]): string => writer.node(type, operands)[0]!;
  const one = writer.floats([1], [1]);
  if (log === true || isAll(log)) return node('Log', [node('Add', [x, one])]);
  const column = (values: readonly number[]) => writer.floats(values, [values.length]);
  const taken = node('Log', [node('Add', [node('Mul', [x, column(ones(log!))]), one])]);
  return node('Add', [taken, node('Mul', [x, column(others(log!))])]);
}

/** e^x − 1 of some columns. @param x - […,C] */
export function withoutLogarithms(x: Tensor, log: Columns): Tensor {
  if (isNone(log)) return x;
  const back = (of: Tensor): Tensor => subtract(exp(of), scalar(1));
  if (log === true || isAll(log)) return back(x);
  const column = (values: readonly number[]) => constant([...values], [values.length]);
  return add(back(multiply(x, column(ones(log!)))), multiply(x, column(others(log!))));
}
