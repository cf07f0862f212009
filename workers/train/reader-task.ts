/** What the tasks have in common whose network reads an example, a row or a series of rows, and tells of it: how it is trained, exported and judged. */
import { exportRowModel, type RowOutputs } from '../../engine/programs/export-row-model.ts';
import type { LossSpecification } from '../../engine/spec/losses.ts';
import { networkShape } from '../../engine/spec/network-shape.ts';
import { rowSizes, type RowInputs } from '../../engine/spec/row-inputs.ts';
import type { ReaderSpecification } from '../../engine/spec/tasks.ts';
import { trainableWindows } from '../../engine/training/trainable.ts';
import { windowExamples } from '../../engine/training/window-examples.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';
import type { PreparedTask, TaskCard } from './prepared-task.ts';

interface ReaderTask {
  readonly specification: ReaderSpecification;
  readonly inputs: RowInputs;
  readonly parts: Readonly<Record<'training' | 'validation' | 'test', WindowSource>>;
  readonly loss: LossSpecification;
  /** P: numbers that the head tells. */
  readonly outputSize: number;
  /** What they are. */
  readonly outputs: RowOutputs;
  /** As in PreparedTask. */
  readonly fitted: object;
  /** What goes into the file's metadata as `unroll.features` (JSON). */
  readonly features: object;
  /** As in PreparedTask. */
  readonly release?: () => void;
  /** @param predictions - [test examples,S,P], as they come from the network */
  readonly card: (predictions: Float32Array) => TaskCard | Promise<TaskCard>;
}

export function readerTask(o: ReaderTask): PreparedTask {
  const { specification, inputs, parts, loss, outputSize, outputs, fitted, features, card } = o;
  const network = networkShape(specification.architecture, specification.model, {
    ...rowSizes(inputs),
    outputSize,
  });
  return {
    trainable: trainableWindows({ network, loss, parts }),
    fitted,
    ...(o.release && { release: o.release }),
    conclude: async ({ parameters, lineage, predict }) => ({
      file: exportRowModel({
        network,
        inputs,
        outputs,
        parameters,
        metadata: { ...lineage, 'unroll.features': JSON.stringify(features) },
      }),
      card: await card(await predict(windowExamples(parts.test))),
    }),
  };
}
