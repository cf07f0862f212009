/**
 * The first part of the file of a forecast: windows in their own units in, scaled ones out, with the figures that bring forecasts back. What a window is scaled
 * by may be constants, figures of its series, or figures of the window itself; datasets/features/window-scaling.ts does the same for training.
 */
import { elementType } from '../graph/onnx/element-type.ts';
import { modelWriter, named, nodeOf, type ModelWriter } from '../graph/onnx/model-writer.ts';
import type { OnnxGraph, ValueInfo } from '../graph/onnx/proto.ts';
import type { Architecture } from '../spec/architectures.ts';
import type { FittedScaling } from '../spec/scaling.ts';
import type { CategoryInput } from '../spec/row-inputs.ts';
import { categoryWidth, encodeCategories } from './export-categories.ts';
import { logarithms } from './logarithms.ts';

export interface WindowInputs {
  /** I: numbers of a step, once its ids are looked up. */
  readonly inputSize: number;
  readonly architecture: Architecture;
  /** What ids at the end of a step are, with the tables of those that are looked up. */
  readonly categories?:
    { readonly kinds: readonly CategoryInput[]; readonly tables: readonly Float32Array[] } | undefined;
  /** Columns of the input whose numbers are known for the rows that are forecast, too. */
  readonly ahead?: { readonly columns: readonly number[]; readonly horizon: number };
  /** Of the first numbers of a step; those behind them go on as they are. */
  readonly inputScaling: FittedScaling;
  readonly outputScaling: FittedScaling;
}

/** Whether figures differ from window to window. */
export const isPerWindow = ({ series, window }: FittedScaling): boolean =>
  series !== undefined || window !== undefined;

/** What the figures of the targets are called where they differ from window to window: [batch,1,targets], or [batch,1,1,targets] with an output at every step. */
export const figureNames = { mean: 'target_mean', std: 'target_std' } as const;

/** Numbers of a step of the file's own input, without its ids. */
const plainSize = (o: WindowInputs): number =>
  o.inputSize - aheadSize(o) - categoryWidth(o.categories?.kinds ?? []);

const aheadSize = ({ ahead }: WindowInputs): number => (ahead ? ahead.columns.length * ahead.horizon : 0);

/** x [N,T,·], the numbers of each step and behind them the ids of its categories; `future` [N,horizon,columns] those that are known ahead; `series` [N]. */
function windowModelInputs(o: WindowInputs): readonly ValueInfo[] {
  const { inputScaling, ahead, categories } = o;
  return [
    { name: 'x', shape: ['batch', 'time', plainSize(o) + (categories?.kinds.length ?? 0)] },
    ...(ahead ? [{ name: 'future', shape: ['batch', ahead.horizon, ahead.columns.length] }] : []),
    ...(inputScaling.series ? [{ name: 'series', shape: ['batch'], type: 'int64' } as const] : []),
  ];
}

/** Outputs `scaled` [batch,time,I] and, per window, those of `figureNames`. */
export function windowInputsGraph(o: WindowInputs): OnnxGraph {
  const { architecture, inputScaling, outputScaling, categories } = o;
  const inputSize = plainSize(o);
  const inputs = windowModelInputs(o);
  const writer = modelWriter(inputs);
  const node = nodeOf(writer);
  const columns = inputScaling.mean.length;
  const sizes = [columns, inputSize - columns, categories?.kinds.length ?? 0];
  /** Numbers are always split off, even if there are none. */
  const isPart = (size: number, place: number): boolean => place === 0 || size > 0;
  const parts = sizes.filter(isPart);
  const split =
    parts.length === 1
      ? ['x']
      : writer.node('Split', ['x', writer.integers(parts)], { axis: 2 }, parts.length);
  const partOf = (place: number): string | null =>
    isPart(sizes[place]!, place) ? split[sizes.slice(0, place).filter(isPart).length]! : null;
  const own = partOf(0)!;
  const rest = partOf(1);
  const ids = partOf(2);
  const numbers = logarithms(writer, own, inputScaling.log);
  const { mean, std } = figures(writer, 'input', numbers, inputScaling);
  const scaled = node('Div', [node('Sub', [numbers, mean]), std]);
  const side = [
    scaled,
    ...(o.ahead ? [atEveryStep(writer, o, { mean, std })] : []),
    ...(rest ? [rest] : []),
    ...(ids && categories ? categoriesOf(writer, ids, categories) : []),
  ];
  const outputs = [{ name: 'scaled', from: side.length > 1 ? node('Concat', side, { axis: 2 }) : scaled }];
  if (isPerWindow(outputScaling)) {
    const ofTargets = figures(writer, 'target', numbers, outputScaling);
    const everyStep = architecture === 'sequence_to_sequence';
    for (const name of ['mean', 'std'] as const)
      outputs.push({
        name: figureNames[name],
        from: everyStep ? node('Unsqueeze', [ofTargets[name], writer.integers([1])]) : ofTargets[name],
      });
  }
  return {
    name: 'inputs',
    nodes: [...writer.nodes, ...outputs.map(({ name, from }) => named(name, from))],
    inputs,
    outputs: outputs.map(({ name }) => ({ name, shape: [] })),
    initializers: writer.initializers,
  };
}

/** @param ids - [batch,time,categories], whole numbers as float32 */
function categoriesOf(
  writer: ModelWriter,
  ids: string,
  { kinds, tables }: NonNullable<WindowInputs['categories']>,
): readonly string[] {
  const whole = nodeOf(writer)('Cast', [ids], { to: elementType.int64 });
  const { oneHot, learned } = encodeCategories(writer, whole, kinds, tables);
  return [...oneHot, ...learned];
}

/** The numbers that are known ahead, scaled as their columns are, beside every step: [batch,time,horizon·columns]. */
function atEveryStep(
  writer: ModelWriter,
  o: WindowInputs,
  figure: { readonly mean: string; readonly std: string },
): string {
  const node = nodeOf(writer);
  const columns = writer.integers(o.ahead!.columns);
  const axis = isPerWindow(o.inputScaling) ? 2 : 0;
  const [mean, std] = [figure.mean, figure.std].map((of) => node('Gather', [of, columns], { axis }));
  const { log } = o.inputScaling;
  const numbers = logarithms(
    writer,
    'future',
    log === true ? log : log && o.ahead!.columns.map((place) => log[place]!),
  );
  const scaled = node('Div', [node('Sub', [numbers, mean!]), std!]);
  const flat = node('Reshape', [scaled, writer.integers([0, 1, aheadSize(o)])]);
  const time = node('Gather', [node('Shape', ['x']), writer.integers([1])], { axis: 0 });
  return node('Expand', [
    flat,
    node('Concat', [writer.integers([1]), time, writer.integers([1])], { axis: 0 }),
  ]);
}

/** @param numbers - [batch,time,C]; @returns names of [C], or of [batch,1,C] where they differ from window to window */
function figures(
  writer: ModelWriter,
  name: string,
  numbers: string,
  { mean, std, series, window }: FittedScaling,
): { readonly mean: string; readonly std: string } {
  const node = nodeOf(writer);
  const constants = (of: string, values: readonly number[]) =>
    writer.weights(`${name}_${of}`, Float32Array.from(values), [values.length]);
  if (window) {
    const floor = constants('floor', window.floor);
    const isWhole = window.from.every((column, index) => column === index) && name === 'input';
    const own = isWhole ? numbers : node('Gather', [numbers, writer.integers(window.from)], { axis: 2 });
    if (window.statistic === 'last') {
      const last = node('Gather', [own, writer.integers([-1])], { axis: 1 });
      const nothing = node('Sub', [last, last]);
      return { mean: last, std: node('Add', [nothing, floor]) };
    }
    if (window.statistic === 'minmax') {
      const lowest = node('ReduceMin', [own], { axes: [1] });
      const range = node('Sub', [node('ReduceMax', [own], { axes: [1] }), lowest]);
      return { mean: lowest, std: node('Max', [range, floor]) };
    }
    const centre = node('ReduceMean', [own], { axes: [1] });
    const off = node('Sub', [own, centre]);
    const deviation = node('Sqrt', [node('ReduceMean', [node('Mul', [off, off])], { axes: [1] })]);
    return { mean: centre, std: node('Max', [deviation, floor]) };
  }
  if (series) {
    const table = (of: 'mean' | 'std') => {
      const rows = [...series.map((one) => one[of]), { mean, std }[of]];
      const values = writer.weights(`${name}_series_${of}`, Float32Array.from(rows.flat()), [
        rows.length,
        mean.length,
      ]);
      // whatever is none of the series is the row behind them
      const unknown = writer.integers([series.length]);
      const isKnown = node('And', [
        node('GreaterOrEqual', ['series', writer.integers([0])]),
        node('Less', ['series', unknown]),
      ]);
      const row = node('Where', [isKnown, 'series', unknown]);
      return node('Unsqueeze', [node('Gather', [values, row], { axis: 0 }), writer.integers([1])]);
    };
    return { mean: table('mean'), std: table('std') };
  }
  return { mean: constants('mean', mean), std: constants('std', std) };
}
