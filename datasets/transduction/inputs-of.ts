/** The columns that are read: a text, or numbers; a specification that asks for others has been refused. */
import type { NumbersInput, TextInput } from '../../engine/spec/inputs.ts';
import type { TransductionSpecification } from '../../engine/spec/tasks.ts';

export const inputsOf = ({
  data,
}: Pick<TransductionSpecification, 'data'>): readonly (TextInput | NumbersInput)[] => data.inputs;
