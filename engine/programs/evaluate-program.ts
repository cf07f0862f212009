/** The evaluation program: what comes out of a network, and its loss. */
import type { Graph } from '../graph/graph.ts';
import { withoutDropout, type Problem } from './optimization-program.ts';

/**
 * Inputs: `parameters` [P], those of the problem, and its coins. Outputs: `prediction` [S,N,P], `loss` [],
 * the mean over all targets, or Σ w·l / Σ w, and with weights `weight` [], their sum; with carried states `next_<state>`.
 */
export function evaluateProgram(problem: Problem): Graph {
  const { inputs, prediction, loss, sums, states } = withoutDropout(problem);
  return {
    inputs,
    outputs: [
      { name: 'prediction', tensor: prediction },
      { name: 'loss', tensor: loss },
      ...(sums ? [{ name: 'weight', tensor: sums.weight }] : []),
      ...(problem.carried ?? []).map(({ name }, index) => ({
        name: `next_${name}`,
        tensor: states![index]!,
      })),
    ],
  };
}
