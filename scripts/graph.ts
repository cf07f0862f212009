/**
 * usage: npm run graph -- <specification>
 *
 * Prints the training program of a network, as it is written and after the passes. The specification is the `model` part
 * of a training job as JSON (its defaults are filled in), or just the name of a cell.
 */
import { parseArgs } from 'node:util';
import { Value } from 'typebox/value';
import { allNodes, type Graph } from '../engine/graph/graph.ts';
import { optimize } from '../engine/graph/passes/optimize.ts';
import { printGraph } from '../engine/graph/print.ts';
import { trainProgram } from '../engine/programs/train-program.ts';
import { ModelSpecification } from '../engine/spec/network.ts';
import { networkShape } from '../engine/spec/network-shape.ts';

const { positionals } = parseArgs({ allowPositionals: true });
const [given = 'lstm'] = positionals;
const asked: unknown = given.startsWith('{') ? JSON.parse(given) : { cell: given };
const model = Value.Parse(ModelSpecification, Value.Default(ModelSpecification, asked));

const program = trainProgram({
  network: networkShape('sequence_to_vector', model, { inputSize: 1, outputSize: 1 }),
  loss: 'mse',
  lossSteps: 'last',
  optimizer: { type: 'adam', learning_rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  clipNorm: 1,
});

const print = (title: string, graph: Graph) => {
  console.log(`── ${title}: ${allNodes(graph).length} nodes\n${printGraph(graph)}\n`);
};
print('as written', program);
print('after the passes', optimize(program));
