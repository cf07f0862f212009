/** Tensors of the protocol → feeds, checked against what the model's file says of its inputs; and results → tensors. */
import { UnrollError, type FieldError } from '../../../../domain/errors/unroll-error.ts';
import type { Signature, Tensor, TensorSignature } from '../../../../engine/runtime/session.ts';
import { preview } from '../../../http/preview.ts';
import type { Feeds, Results } from '../../sessions/messages.ts';
import { binaryDataOf } from './bodies.ts';
import { datatypes, type InferAnswer, type InferRequest, type ModelMetadata } from './schemas.ts';

type Input = InferRequest['inputs'][number];

const datatypeOf = (type: string): string => (datatypes as Readonly<Record<string, string>>)[type] ?? type;

export const presentSignature = (tensors: readonly TensorSignature[]): ModelMetadata['inputs'] =>
  tensors.map(({ name, type, shape }) => ({
    name,
    datatype: datatypeOf(type),
    shape: shape.map((size) => (typeof size === 'number' ? size : -1)),
  }));

/**
 * The least value of inputs that hold ids or lengths, by the names of `rowModelInputs`: ONNX counts negative ids from the end, and an example of no steps
 * is none. (What is too large is told when it is run, see blame-tensors.ts.) Any number may stand for a series.
 */
const leastOf: Readonly<Record<string, { readonly value: number; readonly what: string }>> = {
  tokens: { value: 0, what: 'ids' },
  categories: { value: 0, what: 'ids' },
  lengths: { value: 1, what: 'lengths' },
};

/** @param categories - how many numbers at the end of each step of `x` are ids. Throws `invalid_request` with every fault and its place. */
export function readFeeds(inputs: readonly Input[], signature: Signature, categories = 0): Feeds {
  const errors: FieldError[] = [];
  /** Of the free sizes that have been met. */
  const sizes = new Map<string, number>();
  const feeds: Record<string, Tensor> = {};
  inputs.forEach((input, index) => {
    const refuse = (field: string, message: string): void => {
      errors.push({ pointer: `/inputs/${index}/${field}`, message });
    };
    const expected = signature.inputs.find(({ name }) => name === input.name);
    if (expected === undefined || feeds[input.name] !== undefined) {
      const names = signature.inputs.map(({ name }) => name).join(', ');
      refuse('name', `expected each of ${names} once, got ${preview(input.name)}`);
      return;
    }
    const datatype = datatypeOf(expected.type);
    if (input.datatype !== datatype)
      refuse('datatype', `expected ${datatype}, got ${preview(input.datatype)}`);
    if (!fits(input.shape, expected.shape, sizes)) {
      const wanted = expected.shape.map((size) =>
        typeof size === 'number' ? size : (sizes.get(size) ?? size),
      );
      refuse('shape', `expected [${wanted.join(',')}], got [${input.shape.join(',')}]`);
    }
    if (errors.length === 0) {
      const tensor = read(input, expected, refuse);
      if (tensor === null) return;
      const low = tooLow(input.name, tensor, categories);
      if (low !== null) refuse('data', low);
      feeds[input.name] = tensor;
    }
  });
  const absent = signature.inputs.filter(({ name }) => !inputs.some((input) => input.name === name));
  for (const { name } of absent)
    errors.push({ pointer: '/inputs', message: `expected an input ${name}, got none` });
  const [first] = errors;
  if (first) throw new UnrollError('invalid_request', `${first.pointer} ${first.message}`, { errors });
  return feeds;
}

function fits(
  shape: readonly number[],
  expected: readonly (number | string)[],
  sizes: Map<string, number>,
): boolean {
  if (shape.length !== expected.length) return false;
  return shape.every((size, axis) => {
    const wanted = expected[axis]!;
    if (typeof wanted === 'number') return size === wanted;
    const met = sizes.get(wanted) ?? size;
    sizes.set(wanted, met);
    return met === size;
  });
}

/** What is wrong with ids or lengths, if there are any. */
function tooLow(name: string, { data, dims }: Tensor, categories: number): string | null {
  const least = leastOf[name];
  if (least !== undefined) {
    const at = data.findIndex((value: number | bigint) => value < least.value);
    return at === -1
      ? null
      : `expected ${least.what} of at least ${least.value}, got ${data[at]} as number ${at}`;
  }
  if (name !== 'x' || categories === 0) return null;
  const size = dims.at(-1)!;
  const at = data.findIndex(
    (value: number | bigint, index: number) => index % size >= size - categories && value < 0,
  );
  return at === -1
    ? null
    : `expected ids of at least 0 in the last ${categories} of the ${size} numbers of a step, got ${data[at]} as number ${at}`;
}

function read(
  input: Input,
  { type }: TensorSignature,
  refuse: (field: string, message: string) => void,
): Tensor | null {
  const { shape: dims } = input;
  const count = dims.reduce((product, size) => product * size, 1);
  const bytes = binaryDataOf(input);
  if (bytes !== undefined) {
    const width = type === 'int64' ? 8 : 4;
    if (bytes.length !== count * width) {
      refuse('parameters/binary_data_size', `expected ${count * width}, got ${bytes.length}`);
      return null;
    }
    // Little-endian, as this machine has it; copied, for they lie at any place of the body.
    const own = Uint8Array.from(bytes).buffer;
    return type === 'int64' ? { data: new BigInt64Array(own), dims } : { data: new Float32Array(own), dims };
  }
  const flat: unknown[] = (input.data ?? []).flat(Infinity);
  if (flat.length !== count) {
    refuse('data', `expected ${count} values for the shape [${dims.join(',')}], got ${flat.length}`);
    return null;
  }
  const isRight = type === 'int64' ? Number.isSafeInteger : Number.isFinite;
  const wrong = flat.findIndex((value) => !isRight(value));
  if (wrong !== -1) {
    refuse(
      'data',
      `expected ${type === 'int64' ? 'integers' : 'numbers'}, got ${preview(flat[wrong])} as number ${wrong}`,
    );
    return null;
  }
  const numbers = flat as number[];
  return type === 'int64'
    ? { data: BigInt64Array.from(numbers, BigInt), dims }
    : { data: Float32Array.from(numbers), dims };
}

/** The outputs that are wanted, in JSON or as bytes that follow it. Throws `invalid_request`. */
export function presentResults(
  results: Results,
  request: InferRequest,
): { outputs: InferAnswer['outputs']; binary: readonly Buffer[] } {
  const asked = request.outputs ?? Object.keys(results).map((name) => ({ name }));
  const binary: Buffer[] = [];
  const outputs = asked.map((output, index) => {
    const { name, parameters } = output as NonNullable<InferRequest['outputs']>[number];
    const tensor = results[name];
    if (tensor === undefined) {
      const message = `expected one of ${Object.keys(results).join(', ')}, got ${preview(name)}`;
      const pointer = `/outputs/${index}/name`;
      throw new UnrollError('invalid_request', `${pointer} ${message}`, { errors: [{ pointer, message }] });
    }
    const { data, dims } = tensor;
    const told = {
      name,
      shape: [...dims],
      datatype: data instanceof Float32Array ? datatypes.float32 : datatypes.int64,
    };
    if ((parameters?.binary_data ?? request.parameters?.binary_data_output) === true) {
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      binary.push(bytes);
      return { ...told, parameters: { binary_data_size: bytes.length } };
    }
    return { ...told, data: Array.from<number | bigint, number>(data, finite) };
  });
  return { outputs, binary };
}

function finite(value: number | bigint): number {
  const number = Number(value);
  if (Number.isFinite(number)) return number;
  throw new UnrollError(
    'invalid_request',
    'The model has no finite answer for these values, and JSON no number for it; ask for binary data to see it',
  );
}
