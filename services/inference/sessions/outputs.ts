import type { Value } from '../../../engine/runtime/session.ts';
import type { Results } from './messages.ts';

/** An output of float32. */
export function floats(results: Results, name: string): Value {
  const output = results[name];
  if (output?.data instanceof Float32Array) return { data: output.data, dims: output.dims };
  throw new Error(
    `internal: expected an output ${name} of float32, got ${output === undefined ? 'none' : 'int64'}`,
  );
}
