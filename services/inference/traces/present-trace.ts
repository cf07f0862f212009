/** What the file of a trace tells → layers with the gates' own names, and the matrix of attention. */
import type { ModelVersion } from '../../../domain/models/model.ts';
import type { TraceAnswer, TracedLayer } from '../routes/traces/schemas.ts';
import type { Results } from '../sessions/messages.ts';
import { floats } from '../sessions/outputs.ts';

type Quantity = Exclude<keyof TracedLayer, 'part' | 'layer' | 'direction' | 'steps' | 'units'>;
type CellKind = ModelVersion['card']['specification']['model']['cell'];

/** What a cell's own names of states and gates (nn/cells) are called on the wire. */
const quantities: Record<CellKind, Readonly<Record<string, Quantity>>> = {
  rnn: { h: 'hidden_state' },
  lstm: {
    h: 'hidden_state',
    c: 'cell_state',
    i: 'input_gate',
    f: 'forget_gate',
    o: 'output_gate',
    g: 'candidate',
  },
  gru: { h: 'hidden_state', z: 'update_gate', r: 'reset_gate', n: 'candidate' },
};

const parts = { layers: 'network', encoder: 'encoder', decoder: 'decoder' } as const;

/** The numbers are float32: six digits say what there is to see. */
const rounded = (value: number): number => Number(value.toPrecision(6));

/** `trace/<part>/<layer>/<direction>/<quantity>` [steps,H,1] and `trace/attention` [written,1,1,T], of one row. */
export function presentTrace(
  results: Results,
  { specification: { model } }: ModelVersion['card'],
  wanted: readonly number[] | null,
): Pick<TraceAnswer, 'layers' | 'attention'> {
  const layers = new Map<string, TracedLayer>();
  for (const name of Object.keys(results)) {
    const [, part, layer, direction, quantity] = /^trace\/(\w+)\/(\d+)\/(\w+)\/(\w+)$/.exec(name) ?? [];
    if (quantity === undefined || !(wanted?.includes(Number(layer)) ?? true)) continue;
    const values = floats(results, name);
    const [steps, units] = values.dims as [number, number];
    const key = `${part}/${layer}/${direction}`;
    const known = layers.get(key) ?? {
      part: parts[part as keyof typeof parts],
      layer: Number(layer),
      direction: direction as TracedLayer['direction'],
      steps,
      units,
      hidden_state: [],
    };
    known[quantities[model.cell][quantity]!] = rowsOf(values.data, steps, units);
    layers.set(key, known);
  }
  const attention = results['trace/attention'] && floats(results, 'trace/attention');
  return {
    layers: [...layers.values()],
    attention: attention
      ? rowsOf(attention.data, attention.dims[0]!, attention.data.length / attention.dims[0]!)
      : null,
  };
}

const rowsOf = (data: Float32Array, rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, (_, row) =>
    Array.from(data.subarray(row * columns, (row + 1) * columns), rounded),
  );

/** Numbers that are told of so many steps that are read, at most. */
export function tracedCount(
  steps: number,
  card: ModelVersion['card'],
  wanted: readonly number[] | null,
): number {
  const { model, architecture } = card.specification;
  const each = Object.keys(quantities[model.cell]).length;
  const told = (count: number): number =>
    Array.from({ length: count }, (_, layer) => layer).filter((layer) => wanted?.includes(layer) ?? true)
      .length;
  const read =
    architecture === 'vector_to_sequence'
      ? 0
      : steps * told(model.layers) * (model.bidirectional ? 2 : 1) * model.hidden_size * each;
  if (architecture !== 'encoder_decoder' && architecture !== 'vector_to_sequence') return read;
  const written = writtenSteps(card);
  const { layers = 1, hidden_size: size = model.hidden_size } = model.decoder ?? {};
  const looked = model.attention ? written * steps : 0;
  return read + written * told(layers) * size * each + looked;
}

/** Steps that a network writes, at most. */
function writtenSteps(card: ModelVersion['card']): number {
  if (card.task === 'transduction') return card.features.target.max_length + 1;
  if (card.task === 'curve') return card.features.targets[0]!.length;
  return card.specification.data.window?.horizon ?? 1;
}
