/** What the plans of tasks of rows have in common: the sizes of what is read, and the examples of each part. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { DataSpecification } from '../../engine/spec/data.ts';
import type { RowInputs } from '../../engine/spec/row-inputs.ts';
import type { FieldProblem, Planning } from '../tasks/contract.ts';
import { refused } from '../tasks/refused.ts';
import { planInputs, type InputsPlan } from './plan-inputs.ts';
import type { SplitPlan } from './plan-split.ts';

/** Whatever comes out. */
export type ReadPlan = InputsPlan['sizes'] & {
  readonly windows: SplitPlan['windows'];
  readonly steps: number;
};

interface Found {
  readonly read: ReadPlan;
  readonly inputs: RowInputs;
  /** Those of the task may be added. */
  readonly warnings: string[];
}

/**
 * @param o - errors: what the task itself has found wrong
 * @param plan - where nothing is wrong: the plan, of what is read and what comes out
 */
export function planRows<Plan>(
  o: {
    readonly data: Pick<DataSpecification, 'inputs' | 'missing'>;
    readonly columns: readonly ColumnProfile[];
    readonly split: SplitPlan;
    readonly errors?: readonly FieldProblem[];
  },
  plan: (found: Found) => Plan,
): Planning<Plan> {
  const errors = [...(o.errors ?? []), ...o.split.problems];
  if (errors.length > 0) return refused(errors);
  const { sizes, steps, inputs, warnings } = planInputs(o.data, o.columns);
  return {
    errors,
    warnings,
    plan: plan({ read: { ...sizes, steps, windows: o.split.windows }, inputs, warnings }),
  };
}
