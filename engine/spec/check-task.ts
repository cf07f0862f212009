/** What a schema cannot say of a specification's `data` and `output`: which parts belong to which task. */
import type { Refuse, SpecificationError } from './check-model.ts';
import { checkLossSteps, checkRegression } from './check-regression.ts';
import { checkCarrying } from './check-carrying.ts';
import { checkCurves } from './check-curves.ts';
import { checkLabelledSeries } from './check-labelled-series.ts';
import { checkLanguageModel } from './check-language-model.ts';
import { checkRowData } from './check-row-data.ts';
import { checkTransduction } from './check-transduction.ts';
import type { DataSpecification } from './data.ts';
import { columnsOf, describeInput, isInput, kindOf } from './inputs.ts';
import { defaultLossSteps, targetStepCount } from './loss-steps.ts';
import { knowsDistribution } from './regression.ts';
import { isFromWindow, scalingOf, type ScalingType } from './scaling.ts';
import { isTextTarget } from './targets.ts';
import { findTask, tasks, type TaskKind } from './tasks.ts';
import type { TrainingSpecification } from './training-specification.ts';

/** @returns one entry for each part that does not belong; none when it asks for one of the tasks, with what that needs */
export function checkTask(specification: TrainingSpecification): readonly SpecificationError[] {
  const errors: SpecificationError[] = [];
  const refuse: Refuse = (pointer, message) => errors.push({ pointer, message });
  const { architecture, output, training } = specification;
  const possible = tasks[output.type];
  const task = findTask(specification);
  if (task === undefined) {
    refuse(
      '/architecture',
      `expected ${Object.keys(possible).join(' or ')} with an output of type ${output.type}, got ${architecture}`,
    );
    return errors;
  }
  if (output.type !== 'tokens') refuseTextTargets(specification, refuse);
  if (output.type !== 'regression')
    specification.data.targets.forEach((target, index) => {
      if (!isTextTarget(target) && target.scaling !== undefined)
        refuse(
          `/data/targets/${index}/scaling`,
          `expected no scaling of what is no number, with an output of type ${output.type}, got ${target.scaling}`,
        );
    });
  if (training.sampling !== undefined) checkSampling(specification, refuse);
  checks[task](specification, refuse);
  for (const { pointer, message } of checkCarrying(task, specification)) refuse(pointer, message);
  return errors;
}

function checkSampling({ output, training }: TrainingSpecification, refuse: Refuse): void {
  const pointer = '/training/sampling';
  if (output.type !== 'classification')
    refuse(
      pointer,
      `expected no sampling with an output of type ${output.type}, which has no labels to balance, got ${training.sampling}`,
    );
  else if (output.class_weights !== undefined)
    refuse(
      pointer,
      'expected sampling or output.class_weights, either of which makes up for rare labels, got both',
    );
}

function refuseTextTargets({ data, output }: TrainingSpecification, refuse: Refuse): void {
  data.targets.forEach((target, index) => {
    if (isTextTarget(target))
      refuse(
        `/data/targets/${index}/encoding`,
        `expected no encoding of a target with an output of type ${output.type}, got ${target.encoding}; texts are written with an output of type tokens`,
      );
  });
}

const checks: Record<TaskKind, (specification: TrainingSpecification, refuse: Refuse) => void> = {
  forecast: ({ data, output, architecture, training }, refuse) => {
    checkForecastSplit(data, refuse);
    if (data.missing === 'mean')
      refuse(
        '/data/missing',
        'expected error, forward_fill, interpolate, mask or drop for a forecast, got mean',
      );
    if (data.window === undefined)
      refuse('/data/window', 'expected an object with a length (and a horizon) for regression, got nothing');
    const others = [
      ...(output.type === 'regression' ? checkRegression(output) : []),
      ...checkLossSteps(training.loss_steps, architecture, data.window?.length ?? Infinity),
    ];
    for (const { pointer, message } of others) refuse(pointer, message);
    checkScaling({ data, architecture, training }, refuse);
    data.inputs.forEach((input, index) => {
      if (!isInput(input, 'numbers') && !isInput(input, 'calendar') && !isInput(input, 'categories'))
        refuse(
          `/data/inputs/${index}`,
          `expected columns of numbers or categories, or parts of the calendar, for a forecast, got ${describeInput(input)}`,
        );
      if (!isInput(input, 'numbers') || input.known_ahead !== true) return;
      if (data.targets.some(({ column }) => column === input.column))
        refuse(
          `/data/inputs/${index}/known_ahead`,
          `expected a column that is no target, whose future is forecast, got "${input.column}"`,
        );
      const lossSteps = training.loss_steps ?? defaultLossSteps[architecture];
      if (data.window !== undefined && targetStepCount(architecture, lossSteps, data.window.length) > 1)
        refuse(
          `/data/inputs/${index}/known_ahead`,
          training.stateful
            ? 'expected no inputs that are known ahead with stateful, which has an output after every row, got one'
            : `expected loss_steps "last" with inputs that are known ahead, which are those of the rows after the window, got ${JSON.stringify(lossSteps)}`,
        );
    });
  },
  classification: (specification, refuse) => {
    checkRows(specification, refuse);
    const { targets } = specification.data;
    if (targets.length !== 1)
      refuse('/data/targets', `expected one column of labels for classification, got ${targets.length}`);
  },
  multilabel: checkRows,
  regression: (specification, refuse) => {
    checkRows(specification, refuse);
    const { output } = specification;
    if (output.type === 'regression' && knowsDistribution(output.loss))
      refuse(
        '/output/loss',
        `expected mse, mae or huber for a regression of rows, got ${output.loss}; with a data.window it is a forecast, which knows of distributions`,
      );
  },
  series_classification: ofLabelledSeries,
  tagging: ofLabelledSeries,
  curve: (specification, refuse) => {
    for (const { pointer, message } of checkCurves(specification)) refuse(pointer, message);
  },
  language_model: (specification, refuse) => {
    for (const { pointer, message } of checkLanguageModel(specification)) refuse(pointer, message);
  },
  transduction: (specification, refuse) => {
    for (const { pointer, message } of checkTransduction(specification)) refuse(pointer, message);
  },
};

function checkForecastSplit({ split, group_by: groupBy }: DataSpecification, refuse: Refuse): void {
  if (split.by === undefined) return;
  if (split.column !== undefined)
    refuse('/data/split', 'expected by (groups) or column (parts as given), got both');
  if (groupBy === undefined)
    refuse('/data/split/by', 'expected data.group_by with a split of whole series, got none');
  if (split.gap !== undefined)
    refuse(
      '/data/split/gap',
      `expected no gap with a split of whole series, none of which is in two parts, got ${split.gap}`,
    );
}

function ofLabelledSeries(specification: TrainingSpecification, refuse: Refuse): void {
  for (const { pointer, message } of checkLabelledSeries(specification)) refuse(pointer, message);
}

/** Each row of the table is an example, with one output after the whole sequence. */
function checkRows(specification: TrainingSpecification, refuse: Refuse): void {
  const { output, training } = specification;
  const task = output.type === 'regression' ? 'a regression without a window' : output.type;
  if (training.loss_steps !== undefined && training.loss_steps !== 'last')
    refuse(
      '/training/loss_steps',
      `expected last for ${task}, which has one output after the whole sequence, got ${JSON.stringify(training.loss_steps)}`,
    );
  checkRowData(specification, task, refuse);
}

/** Whether there is what figures per series or window are taken from, and nothing is told by them that is not known yet. */
function checkScaling(
  { data, architecture, training }: Pick<TrainingSpecification, 'data' | 'architecture' | 'training'>,
  refuse: Refuse,
): void {
  const { type, per } = scalingOf(data.scaling);
  const pointer = '/data/scaling/per';
  if (per === 'series' && data.group_by === undefined)
    refuse(pointer, 'expected data.group_by with scaling per series, got none');
  if (!isFromWindow(per)) return;
  // refused as such (check-carrying.ts)
  if (training.stateful && architecture === 'sequence_to_sequence') return;
  for (const field of ['inputs', 'targets'] as const)
    data[field].forEach((one, index) => {
      if ('scaling' in one)
        refuse(
          `/data/${field}/${index}/scaling`,
          `expected no scaling of a column of its own with scaling per ${per}, got ${one.scaling}`,
        );
    });
  const possible: readonly ScalingType[] =
    per === 'window' ? ['standard', 'minmax', 'log', 'none'] : ['standard', 'log'];
  if (!possible.includes(type))
    refuse(
      '/data/scaling/type',
      `expected ${per === 'window' ? 'standard, minmax or log' : 'standard or log'} for scaling per ${per}, got ${type}`,
    );
  const inputs = new Set(data.inputs.filter((input) => kindOf(input) === 'numbers').flatMap(columnsOf));
  for (const { column } of data.targets)
    if (!inputs.has(column))
      refuse(
        pointer,
        `expected the target "${column}" among data.inputs with scaling per ${per}, which takes its figures from there, got it as a target alone`,
      );
  const { loss_steps: lossSteps = defaultLossSteps[architecture] } = training;
  if (data.window !== undefined && targetStepCount(architecture, lossSteps, data.window.length) > 1)
    refuse(
      pointer,
      `expected loss_steps "last" with scaling per ${per}, whose figures tell earlier steps of later ones, got ${JSON.stringify(lossSteps)}`,
    );
}
