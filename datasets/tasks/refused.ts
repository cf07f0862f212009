/** What planning gives where there can be no plan. */
import type { FieldProblem, Planning } from './contract.ts';

export const refused = (errors: readonly FieldProblem[]): Planning<never> => ({
  errors: [...errors],
  warnings: [],
  plan: null,
});
