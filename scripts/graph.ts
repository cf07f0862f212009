/**
 * usage: npm run graph -- <specification> [--attention additive|dot|scaled_dot|none]
 *
 * Prints the training program of a network, as it is written and after the passes. The specification is the `model` part
 * of a training job as JSON (its defaults are filled in), or just the name of a cell. With --attention the program of an encoder
 * and a decoder with such layers.
 */
import { parseArgs } from 'node:util';
import { Value } from 'typebox/value';
import { allNodes, type Graph } from '../engine/graph/graph.ts';
import { optimize } from '../engine/graph/passes/optimize.ts';
import { printGraph } from '../engine/graph/print.ts';
import { writerProblem } from '../engine/programs/decoder/writer-loss.ts';
import { optimizationProgram } from '../engine/programs/optimization-program.ts';
import { trainProgram } from '../engine/programs/train-program.ts';
import type { AttentionScore, WriterShape } from '../engine/spec/decoder-shape.ts';
import { ModelSpecification } from '../engine/spec/network.ts';
import { networkShape } from '../engine/spec/network-shape.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { attention: { type: 'string' } },
});
const [given = 'lstm'] = positionals;
const asked: unknown = given.startsWith('{') ? JSON.parse(given) : { cell: given };
const model = Value.Parse(ModelSpecification, Value.Default(ModelSpecification, asked));

const network = networkShape('sequence_to_vector', model, { inputSize: 1, outputSize: 1 });
const optimization = {
  optimizer: { type: 'adam', learning_rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  clipNorm: 1,
} as const;

/** An encoder and a decoder of the network's layers, which writes one of ten symbols at each step. */
function writerProgram(attention: string): Graph {
  const writer: WriterShape = {
    architecture: 'encoder_decoder',
    encoder: network,
    decoder: {
      ...network,
      writes: { type: 'tokens', vocabulary: 10, embeddingSize: 8, pad: 0, start: 1, end: 2 },
      ...(attention !== 'none' && { attention: { score: attention as AttentionScore } }),
    },
  };
  return optimizationProgram(
    writerProblem({ writer, loss: { type: 'cross_entropy', label_smoothing: 0 } }),
    optimization,
  );
}

const program =
  values.attention === undefined
    ? trainProgram({ network, loss: 'mse', lossSteps: 'last', ...optimization })
    : writerProgram(values.attention);

const print = (title: string, graph: Graph) => {
  console.log(`── ${title}: ${allNodes(graph).length} nodes\n${printGraph(graph)}\n`);
};
print('as written', program);
print('after the passes', optimize(program));
