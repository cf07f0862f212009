/**
 * Additive attention (Bahdanau et al. 2015, appendix A.1.2):  score = vᵀ tanh(W q + U m), with the query q, the state of the decoder, and
 * an output m of the encoder. U m is made once, for all steps.
 */
import { add, matmul, reshape, tanh, transpose } from '../../graph/ops.ts';
import { asRows, type Attention } from './attention.ts';

export const additive: Attention = {
  parameters: ({ query, memory, size }) => [
    { name: 'query', shape: [size, query] },
    { name: 'key', shape: [size, memory] },
    { name: 'score', shape: [size, 1] },
  ],
  keys: (parameter, memory) => matmul(memory, transpose(parameter('key')!, [1, 0])),
  scores: (parameter, query, keys) => {
    const [N, T] = [keys.shape[0]!, keys.shape[1]!];
    const compared = tanh(add(keys, asRows(matmul(parameter('query')!, query))));
    return reshape(matmul(compared, parameter('score')!), [N, 1, T]);
  },
};
