/**
 * Dot-product attention (Luong et al. 2015, section 3.1):  score = q · m, with the query q, the state of the decoder, and an output m of the
 * encoder; where their sizes differ score = q · W m, Luong's general form. `scaled` divides by √H, so that scores of long vectors don't grow with their
 * length (Vaswani et al. 2017, section 3.2.1).
 */
import { matmul, multiply, scalar, transpose } from '../../graph/ops.ts';
import { asRows, type Attention } from './attention.ts';

export const dot = (scaled: boolean): Attention => ({
  parameters: ({ query, memory }) => (query === memory ? [] : [{ name: 'key', shape: [query, memory] }]),
  keys: (parameter, memory) => {
    const weight = parameter('key');
    return weight ? matmul(memory, transpose(weight, [1, 0])) : memory;
  },
  scores: (_parameter, query, keys) => {
    const rows = asRows(scaled ? multiply(query, scalar(1 / Math.sqrt(query.shape[0] as number))) : query);
    return matmul(rows, transpose(keys, [0, 2, 1]));
  },
});
