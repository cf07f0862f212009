/** What a schema cannot say of a transduction: which parts of its specification do not go together. */
import type { WriterArchitecture } from './architectures.ts';
import type { SpecificationError } from './check-model.ts';
import { checkRowData } from './check-row-data.ts';
import { describeInput, isInput, isSequenceInput, type Input } from './inputs.ts';
import { isTextTarget } from './targets.ts';
import type { TrainingSpecification } from './training-specification.ts';

/** @returns one entry for each part that does not belong */
export function checkTransduction(specification: TrainingSpecification): readonly SpecificationError[] {
  const { architecture, data, training } = specification;
  const errors: SpecificationError[] = [];
  const refuse = (pointer: string, message: string) => errors.push({ pointer, message });
  if (training.loss_steps !== undefined && training.loss_steps !== 'all')
    refuse(
      '/training/loss_steps',
      `expected all with an output of type tokens, where every symbol that is written counts, got ${JSON.stringify(training.loss_steps)}`,
    );
  checkRowData(specification, 'a transduction', refuse);
  if (specification.data.missing === 'drop')
    refuse('/data/missing', 'expected error, mean or mask for a transduction, got drop');
  errors.push(...checkReading(architecture as WriterArchitecture, data.inputs));
  if (data.targets.length !== 1)
    refuse(
      '/data/targets',
      `expected one column of text with an output of type tokens, got ${data.targets.length}`,
    );
  data.targets.forEach((target, index) => {
    if (!isTextTarget(target))
      refuse(
        `/data/targets/${index}/encoding`,
        'expected characters, words or subwords with an output of type tokens, got nothing',
      );
  });
  return errors;
}

/** A vector has no steps, and an encoder reads some. */
export function checkReading(
  architecture: WriterArchitecture,
  inputs: readonly Input[],
): readonly SpecificationError[] {
  if (architecture === 'vector_to_sequence')
    return inputs.flatMap((input, index) =>
      isSequenceInput(input)
        ? [
            {
              pointer: `/data/inputs/${index}`,
              message: `expected values of the row as a whole (numbers, categories, encoding vector, an image as vector) for vector_to_sequence, got ${describeInput(input)}, which is read step by step; encoder_decoder does that`,
            },
          ]
        : [],
    );
  if (inputs.some(isSequenceInput) || inputs.some((input) => isInput(input, 'calendar'))) return [];
  return [
    {
      pointer: '/data/inputs',
      message: `expected one sequence among them (a text, a recording, encoding sequence, an image as sequence) for encoder_decoder, got ${inputs.map(describeInput).join(', ')}; vector_to_sequence writes from values of a row`,
    },
  ];
}
