/** The middle part of a model file: the layers of a network and its head, behind whatever makes its inputs. */
import type { OnnxGraph } from '../graph/onnx/proto.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { exportEquations } from './export-equations.ts';
import { exportOperators } from './export-operators.ts';

export interface Body {
  /** Without embeddings: ids are looked up before. */
  readonly network: NetworkShape;
  /** [P], in the order of parameterLayout. */
  readonly parameters: Float32Array;
  /** What it reads: `scaled` [batch,time,I]; or steps first `x` [time,batch,I], where windows may have lengths of their own. */
  readonly reads: 'scaled' | 'x';
  /** Whether it tells its states and gates, too (see trace.ts). */
  readonly trace?: boolean;
}

/**
 * Output `head`, [batch,P] or [batch,time,P]. Cells that have a standard operator use it; layer-normalised ones, and those that are looked at, are a Scan over
 * their equations.
 */
export const exportBody = (body: Body): OnnxGraph =>
  body.network.layerNorm || body.trace ? exportEquations(body) : exportOperators(body);
