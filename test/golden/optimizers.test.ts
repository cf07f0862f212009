/** Optimisers and learning-rate schedules against PyTorch's (optimizers.py made the values). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { interpret } from '../../engine/graph/interpret.ts';
import type { NdArray } from '../../engine/graph/nd-array.ts';
import { constant, input } from '../../engine/graph/ops.ts';
import { optimizerOf } from '../../engine/nn/optimizers/table.ts';
import type { LearningRateSchedule } from '../../engine/spec/learning-rate-schedules.ts';
import type { OptimizerSpecification } from '../../engine/spec/optimizers.ts';
import { learningRate } from '../../engine/training/learning-rate.ts';

interface Golden {
  readonly parameters: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  readonly optimizers: readonly {
    readonly specification: OptimizerSpecification;
    readonly after: readonly (readonly number[])[];
  }[];
  readonly schedules: {
    readonly learning_rate: number;
    readonly epochs: number;
    readonly steps_per_epoch: number;
    readonly losses: readonly number[];
    readonly cases: readonly { readonly schedule: LearningRateSchedule; readonly rates: readonly number[] }[];
  };
}

const golden = JSON.parse(readFileSync(new URL('optimizers.json', import.meta.url), 'utf8')) as Golden;
const vector = (data: readonly number[]) => ({ shape: [data.length], data: Float64Array.from(data) });

test.each(golden.optimizers.map((one) => [JSON.stringify(one.specification), one] as const))(
  '%s',
  (_name, { specification, after }) => {
    const optimizer = optimizerOf(specification);
    const P = golden.parameters.length;
    const parameters = input('parameters', [P]);
    const gradient = input('gradient', [P]);
    const state = optimizer.state.map((name) => input(name, [P]));
    const schedule = optimizer.schedule.map((name) => input(name, []));
    const decayed = constant(new Array<number>(P).fill(1), [P]);
    const next = optimizer.update({ parameters, state }, gradient, schedule, decayed);
    const graph = {
      inputs: [parameters, gradient, ...state, ...schedule],
      outputs: ['parameters', ...optimizer.state].map((name, index) => ({
        name,
        tensor: [next.parameters, ...next.state][index]!,
      })),
    };
    let values: Record<string, NdArray> = Object.fromEntries(
      optimizer.state.map((name) => [name, vector(golden.parameters.map(() => 0))]),
    );
    values.parameters = vector(golden.parameters);
    golden.gradients.forEach((given, step) => {
      const numbers = optimizer.scheduleAt(step + 1, specification.learning_rate);
      const scheduled = optimizer.schedule.map((name, index): [string, NdArray] => [
        name,
        { shape: [], data: Float64Array.of(numbers[index]!) },
      ]);
      values = interpret(graph, { ...values, gradient: vector(given), ...Object.fromEntries(scheduled) });
      after[step]!.forEach((expected, index) => {
        expect(values.parameters!.data[index]).toBeCloseTo(expected, 12);
      });
    });
  },
);

test('weight decay leaves alone what it is told to', () => {
  const optimizer = optimizerOf({
    type: 'sgd',
    learning_rate: 1,
    momentum: 0,
    nesterov: false,
    weight_decay: 0.5,
  });
  const parameters = input('parameters', [2]);
  const next = optimizer.update(
    { parameters, state: [] },
    constant([0, 0], [2]),
    [constant([1], [])],
    constant([1, 0], [2]),
  );
  const graph = { inputs: [parameters], outputs: [{ name: 'next', tensor: next.parameters }] };
  expect([...interpret(graph, { parameters: vector([8, 8]) }).next!.data]).toEqual([4, 8]);
});

test.each(golden.schedules.cases.map((one) => [JSON.stringify(one.schedule), one] as const))(
  '%s',
  (_name, { schedule, rates }) => {
    const { learning_rate: base, epochs, steps_per_epoch: stepsPerEpoch, losses } = golden.schedules;
    const rate = learningRate(base, schedule, 0, { stepsPerEpoch, epochs });
    for (let step = 0; step < epochs * stepsPerEpoch; step++) {
      expect(rate.at(step)).toBeCloseTo(rates[step]!, 12);
      if ((step + 1) % stepsPerEpoch === 0) rate.observe(losses[Math.floor(step / stepsPerEpoch)]!);
    }
  },
);

test('a warm-up rises in equal steps', () => {
  const rate = learningRate(1, { type: 'constant' }, 3, { stepsPerEpoch: 10, epochs: 1 });
  expect([0, 1, 2, 3, 4].map((step) => rate.at(step))).toEqual([0.25, 0.5, 0.75, 1, 1]);
});
