/** All operations. The type makes it total: an operation without a rule does not compile. */
import type { Operation, OperationKind } from '../operation.ts';
import { absolute } from './absolute.ts';
import { add } from './add.ts';
import { argmax } from './argmax.ts';
import { argument } from './argument.ts';
import { concat } from './concat.ts';
import { constant } from './constant.ts';
import { dimension } from './dimension.ts';
import { divide } from './divide.ts';
import { elu } from './elu.ts';
import { exp } from './exp.ts';
import { expand } from './expand.ts';
import { fill } from './fill.ts';
import { gather } from './gather.ts';
import { input } from './input.ts';
import { leakyRelu } from './leaky-relu.ts';
import { logSoftmax } from './log-softmax.ts';
import { log } from './log.ts';
import { matmul } from './matmul.ts';
import { maximum } from './maximum.ts';
import { minimum } from './minimum.ts';
import { multiply } from './multiply.ts';
import { negate } from './negate.ts';
import { oneHot } from './one-hot.ts';
import { reduceMax } from './reduce-max.ts';
import { reduceSum } from './reduce-sum.ts';
import { relu } from './relu.ts';
import { reshape } from './reshape.ts';
import { scan } from './scan.ts';
import { scatterAdd } from './scatter-add.ts';
import { sigmoid } from './sigmoid.ts';
import { sign } from './sign.ts';
import { softmax } from './softmax.ts';
import { softplus } from './softplus.ts';
import { softsign } from './softsign.ts';
import { split } from './split.ts';
import { sqrt } from './sqrt.ts';
import { stopGradient } from './stop-gradient.ts';
import { subtract } from './subtract.ts';
import { tanh } from './tanh.ts';
import { transpose } from './transpose.ts';
import { weights } from './weights.ts';

const table: { readonly [Kind in OperationKind]: Operation<Kind> } = {
  input,
  argument,
  constant,
  weights,
  fill,
  dimension,
  add,
  subtract,
  multiply,
  divide,
  minimum,
  maximum,
  negate,
  sigmoid,
  tanh,
  relu,
  elu,
  softsign,
  leakyRelu,
  sqrt,
  softplus,
  exp,
  log,
  stopGradient,
  absolute,
  sign,
  matmul,
  transpose,
  reshape,
  concat,
  split,
  reduceSum,
  reduceMax,
  expand,
  softmax,
  logSoftmax,
  argmax,
  oneHot,
  gather,
  scatterAdd,
  scan,
};

export const operation = <Kind extends OperationKind>(kind: Kind): Operation<Kind> => table[kind];
