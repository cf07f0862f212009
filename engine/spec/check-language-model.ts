/** What a schema cannot say of a language model: which parts of its specification do not go together. */
import type { SpecificationError } from './check-model.ts';
import { describeInput, kindOf } from './inputs.ts';
import { isTextTarget } from './targets.ts';
import type { TrainingSpecification } from './training-specification.ts';

/** Parts of `data` that belong to series. */
const ofSeries = ['window', 'group_by', 'order_by', 'seasonality', 'weight'] as const;

/** Parts of `output` that say how to search for a text. */
const ofSearch = ['beam', 'length_penalty'] as const;

/** @returns one entry for each part that does not belong */
export function checkLanguageModel({
  data,
  output,
  training,
}: TrainingSpecification): readonly SpecificationError[] {
  const errors: SpecificationError[] = [];
  const refuse = (pointer: string, message: string) => errors.push({ pointer, message });
  if (training.loss_steps !== undefined && training.loss_steps !== 'all')
    refuse(
      '/training/loss_steps',
      `expected all for a language model, where every token is foretold, got ${JSON.stringify(training.loss_steps)}`,
    );
  for (const field of ofSearch) {
    if (output.type === 'tokens' && output[field] !== undefined)
      refuse(
        `/output/${field}`,
        `expected no ${field} for a language model, whose texts are drawn and not searched for, got ${output[field]}`,
      );
  }
  for (const field of ofSeries) {
    if (data[field] !== undefined)
      refuse(
        `/data/${field}`,
        `expected no ${field} for a language model, which reads its texts in windows of max_length, got one`,
      );
  }
  for (const field of ['by', 'column'] as const) {
    if (data.split[field] !== undefined)
      refuse(
        `/data/split/${field}`,
        `expected a split by place in the text for a language model, got ${field}`,
      );
  }
  if (data.inputs.length !== 1)
    refuse('/data/inputs', `expected one column of text for a language model, got ${data.inputs.length}`);
  data.inputs.forEach((input, index) => {
    if (kindOf(input) !== 'text')
      refuse(
        `/data/inputs/${index}`,
        `expected a column of text (encoding characters, words or subwords) for a language model, got ${describeInput(input)}`,
      );
  });
  if (data.targets.length !== 1)
    refuse('/data/targets', `expected the column of the text alone, got ${data.targets.length} columns`);
  const [input] = data.inputs;
  data.targets.forEach((target, index) => {
    if (isTextTarget(target))
      refuse(
        `/data/targets/${index}/encoding`,
        `expected no encoding, since the target of a language model is its input one step later, got ${target.encoding}; other texts are written by an encoder_decoder`,
      );
    else if (input && 'column' in input && target.column !== input.column)
      refuse(
        `/data/targets/${index}/column`,
        `expected the column of the input, ${JSON.stringify(input.column)}, whose text one step later is foretold, got ${JSON.stringify(target.column)}`,
      );
  });
  return errors;
}
