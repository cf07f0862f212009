/** What a schema cannot say: which parts of a specification do not go together. */
import type { Architecture } from './architectures.ts';
import type { ModelSpecification } from './network.ts';

export interface SpecificationError {
  /** JSON Pointer into the specification. */
  readonly pointer: string;
  readonly message: string;
}

/** @returns one entry for each impossible combination; none when the model can be built */
export function checkModel(
  architecture: Architecture,
  model: ModelSpecification,
): readonly SpecificationError[] {
  const errors: SpecificationError[] = [];
  const refuse = (field: string, message: string) => errors.push({ pointer: `/model/${field}`, message });
  if (model.activation !== undefined && model.cell !== 'rnn') {
    refuse(
      'activation',
      `expected an activation with cell rnn alone, got ${model.activation} with ${model.cell}`,
    );
  }
  if (model.peepholes && model.cell !== 'lstm') {
    refuse('peepholes', `expected peepholes with cell lstm alone, got ${model.cell}`);
  }
  if (model.initialization.forget_bias !== undefined && model.cell !== 'lstm') {
    refuse('initialization/forget_bias', `expected a forget bias with cell lstm alone, got ${model.cell}`);
  }
  if (model.bidirectional && architecture === 'sequence_to_sequence') {
    refuse(
      'bidirectional',
      'expected one direction with sequence_to_sequence, got both: the way back would see the rows to be forecast; use sequence_to_vector',
    );
  }
  if (model.dropout > 0 && model.layers < 2) {
    refuse(
      'dropout',
      `expected at least 2 layers with dropout between them, got ${model.layers}; recurrent_dropout works with 1`,
    );
  }
  if (model.residual && model.layers < 2) {
    refuse('residual', `expected at least 2 layers with residual connections, got ${model.layers}`);
  }
  return errors;
}
