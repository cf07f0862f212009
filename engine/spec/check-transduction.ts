/** What a schema cannot say of a transduction: which parts of its specification do not go together. */
import type { WriterArchitecture } from './architectures.ts';
import type { SpecificationError } from './check-model.ts';
import { describeInput, kindOf, type InputKind } from './inputs.ts';
import { scalingOf } from './scaling.ts';
import { isTextTarget } from './targets.ts';
import type { TrainingSpecification } from './training-specification.ts';

/** Parts of `data` that belong to series. */
const ofSeries = ['window', 'group_by', 'order_by', 'seasonality', 'weight'] as const;

const reads: Record<WriterArchitecture, { readonly kind: InputKind; readonly what: string }> = {
  encoder_decoder: { kind: 'text', what: 'a column of text (encoding characters, words or subwords)' },
  vector_to_sequence: { kind: 'numbers', what: 'columns of numbers' },
};

/** @returns one entry for each part that does not belong */
export function checkTransduction({
  architecture,
  data,
  training,
}: TrainingSpecification): readonly SpecificationError[] {
  const errors: SpecificationError[] = [];
  const refuse = (pointer: string, message: string) => errors.push({ pointer, message });
  if (training.loss_steps !== undefined && training.loss_steps !== 'all')
    refuse(
      '/training/loss_steps',
      `expected all with an output of type tokens, where every symbol that is written counts, got ${JSON.stringify(training.loss_steps)}`,
    );
  for (const field of ofSeries) {
    if (data[field] !== undefined)
      refuse(
        `/data/${field}`,
        `expected no ${field} with an output of type tokens, where each row is an example, got one`,
      );
  }
  if (data.missing !== 'error')
    refuse(
      '/data/missing',
      `expected error with an output of type tokens, where no row follows another, got ${data.missing}`,
    );
  const { type, per } = scalingOf(data.scaling);
  if ((type !== 'standard' && type !== 'none') || per !== 'training')
    refuse(
      '/data/scaling',
      `expected standard or none, of the training part, with an output of type tokens, got ${type} of the ${per}`,
    );
  data.inputs.forEach((input, index) => {
    for (const option of ['lags', 'known_ahead'] as const)
      if (option in input)
        refuse(
          `/data/inputs/${index}/${option}`,
          `expected no ${option} with an output of type tokens, where no row follows another, got one`,
        );
  });
  for (const field of ['by', 'column', 'gap', 'folds'] as const) {
    if (data.split[field] !== undefined)
      refuse(
        `/data/split/${field}`,
        `expected shares of the different inputs with an output of type tokens, got ${field}`,
      );
  }
  const { kind, what } = reads[architecture as WriterArchitecture];
  data.inputs.forEach((input, index) => {
    if (kindOf(input) !== kind)
      refuse(`/data/inputs/${index}`, `expected ${what} for ${architecture}, got ${describeInput(input)}`);
  });
  if (architecture === 'encoder_decoder' && data.inputs.length !== 1)
    refuse('/data/inputs', `expected one column of text for encoder_decoder, got ${data.inputs.length}`);
  if (data.targets.length !== 1)
    refuse(
      '/data/targets',
      `expected one column of text with an output of type tokens, got ${data.targets.length}`,
    );
  data.targets.forEach((target, index) => {
    if (!isTextTarget(target))
      refuse(
        `/data/targets/${index}/encoding`,
        'expected characters or words with an output of type tokens, got nothing',
      );
  });
  return errors;
}
