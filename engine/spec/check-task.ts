/** What a schema cannot say of a specification's `data` and `output`: which parts belong to which task. */
import type { SpecificationError } from './check-model.ts';
import { checkLossSteps, checkRegression } from './check-regression.ts';
import { describeInput, kindOf } from './inputs.ts';
import { tasks, type TaskKind } from './tasks.ts';
import type { TrainingSpecification } from './training-specification.ts';

type Refuse = (pointer: string, message: string) => void;

/** @returns one entry for each part that does not belong; none when it asks for one of the tasks, with what that needs */
export function checkTask(specification: TrainingSpecification): readonly SpecificationError[] {
  const errors: SpecificationError[] = [];
  const refuse: Refuse = (pointer, message) => errors.push({ pointer, message });
  const { architecture, output } = specification;
  const possible = tasks[output.type];
  const task = possible[architecture];
  if (task === undefined) {
    refuse(
      '/architecture',
      `expected ${Object.keys(possible).join(' or ')} with an output of type ${output.type}, got ${architecture}`,
    );
    return errors;
  }
  checks[task](specification, refuse);
  return errors;
}

const checks: Record<TaskKind, (specification: TrainingSpecification, refuse: Refuse) => void> = {
  forecast: ({ data, output, architecture, training }, refuse) => {
    if (data.window === undefined)
      refuse('/data/window', 'expected an object with a length (and a horizon) for regression, got nothing');
    const others = [
      ...(output.type === 'regression' ? checkRegression(output) : []),
      ...checkLossSteps(training.loss_steps, architecture, data.window?.length ?? Infinity),
    ];
    for (const { pointer, message } of others) refuse(pointer, message);
    data.inputs.forEach((input, index) => {
      if (kindOf(input) !== 'numbers')
        refuse(
          `/data/inputs/${index}`,
          `expected columns of numbers for a forecast, got ${describeInput(input)}`,
        );
    });
  },
  classification: ({ data, training }, refuse) => {
    if (training.loss_steps !== undefined && training.loss_steps !== 'last')
      refuse(
        '/training/loss_steps',
        `expected last for classification, which has one output after the whole text, got ${JSON.stringify(training.loss_steps)}`,
      );
    for (const field of ['window', 'group_by', 'order_by', 'seasonality', 'weight'] as const) {
      if (data[field] !== undefined)
        refuse(
          `/data/${field}`,
          `expected no ${field} for classification, where each row is an example, got one`,
        );
    }
    if (data.inputs.length !== 1)
      refuse('/data/inputs', `expected one column of text for classification, got ${data.inputs.length}`);
    data.inputs.forEach((input, index) => {
      if (kindOf(input) !== 'text')
        refuse(
          `/data/inputs/${index}`,
          `expected a column of text (encoding characters or words) for classification, got ${describeInput(input)}`,
        );
    });
    if (data.targets.length !== 1)
      refuse('/data/targets', `expected one column of labels for classification, got ${data.targets.length}`);
  },
};
