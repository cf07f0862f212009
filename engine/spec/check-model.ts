/** What a schema cannot say: which parts of a specification do not go together. */
import { isWriter, type Architecture, type WriterArchitecture } from './architectures.ts';
import type { ModelSpecification, OutputSpecification } from './network.ts';

export interface SpecificationError {
  /** JSON Pointer into the specification. */
  readonly pointer: string;
  readonly message: string;
}

/** Notes what is wrong, and where. */
export type Refuse = (pointer: string, message: string) => void;

/** @returns one entry for each impossible combination; none when the model can be built */
export function checkModel(
  architecture: Architecture,
  model: ModelSpecification,
  outputType: OutputSpecification['type'] = 'regression',
): readonly SpecificationError[] {
  const errors: SpecificationError[] = [];
  const refuse = (field: string, message: string) => errors.push({ pointer: `/model/${field}`, message });
  // what one of them has not the other may have: options go where they belong (encoderShape, writerShape)
  const decoder = architecture === 'encoder_decoder' ? (model.decoder ?? {}) : {};
  const cells = [...new Set([model.cell, decoder.cell ?? model.cell])];
  const layers = [...new Set([model.layers, decoder.layers ?? model.layers])];
  if (model.activation !== undefined && !cells.includes('rnn')) {
    refuse(
      'activation',
      `expected an activation with cell rnn alone, got ${model.activation} with ${cells.join(' and ')}`,
    );
  }
  if (model.peepholes && !cells.includes('lstm')) {
    refuse('peepholes', `expected peepholes with cell lstm alone, got ${cells.join(' and ')}`);
  }
  if (model.initialization.forget_bias !== undefined && !cells.includes('lstm')) {
    refuse(
      'initialization/forget_bias',
      `expected a forget bias with cell lstm alone, got ${cells.join(' and ')}`,
    );
  }
  // labels are of what is read, not of what follows
  if (model.bidirectional && architecture === 'sequence_to_sequence' && outputType !== 'classification') {
    refuse(
      'bidirectional',
      'expected one direction with sequence_to_sequence, got both: the way back would see what is to be foretold; use sequence_to_vector',
    );
  }
  if (model.dropout > 0 && Math.max(...layers) < 2) {
    refuse(
      'dropout',
      `expected at least 2 layers with dropout between them, got ${layers.join(' and ')}; recurrent_dropout works with 1`,
    );
  }
  if (model.residual && Math.max(...layers) < 2) {
    refuse('residual', `expected at least 2 layers with residual connections, got ${layers.join(' and ')}`);
  }
  if (model.pooling !== undefined && model.pooling !== 'last' && architecture !== 'sequence_to_vector') {
    refuse(
      'pooling',
      `expected last with ${architecture}, ${whyNoPooling[architecture]}, got ${model.pooling}; sequence_to_vector has one output for all steps`,
    );
  }
  return [...errors, ...checkWriting(architecture, model)];
}

const whyNoPooling: Record<Exclude<Architecture, 'sequence_to_vector'>, string> = {
  sequence_to_sequence: 'where each step has an output of its own',
  vector_to_sequence: 'where no sequence is read',
  encoder_decoder: 'whose decoder goes on from the last state (attention lets it see all steps)',
};

/** What only networks that write have, and what their decoders have not. */
function checkWriting(architecture: Architecture, model: ModelSpecification): readonly SpecificationError[] {
  const refused: readonly (keyof ModelSpecification)[] = isWriter(architecture)
    ? notOfWriters[architecture]
    : ['attention', 'decoder', 'feed_vector'];
  const errors: SpecificationError[] = refused.flatMap((field): readonly SpecificationError[] => {
    const value = model[field];
    if (value === undefined || value === false || value === 0) return [];
    return [
      {
        pointer: `/model/${field}`,
        message: `expected no ${field} with ${architecture}${whyNot[field] ?? ''}, got ${JSON.stringify(value)}`,
      },
    ];
  });
  const { attention, decoder } = model;
  if (architecture === 'encoder_decoder' && decoder?.feed_output === false && decoder.feed_context !== true)
    errors.push({
      pointer: '/model/decoder/feed_output',
      message:
        'expected feed_output false together with feed_context true, or nothing would go into a step, got feed_context false',
    });
  if (attention?.size !== undefined && attention.score !== 'additive')
    return [
      ...errors,
      {
        pointer: '/model/attention/size',
        message: `expected a size with additive attention alone, got ${attention.score}`,
      },
    ];
  return errors;
}

const notOfWriters: Record<WriterArchitecture, readonly (keyof ModelSpecification)[]> = {
  encoder_decoder: ['feed_vector'],
  vector_to_sequence: ['attention', 'decoder', 'bidirectional', 'learn_initial_state'],
};

const whyNot: Partial<Record<keyof ModelSpecification, string>> = {
  attention: ', which looks back at the steps that an encoder read (encoder_decoder)',
  decoder: ', where `model` has all the layers there are',
  feed_vector: ', which reads no vector (vector_to_sequence does)',
  bidirectional: ', which writes one step after the other',
  learn_initial_state: ', whose first state comes from the vector',
};
