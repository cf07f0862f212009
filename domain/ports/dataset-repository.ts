import type { ColumnProfile, Dataset, DatasetProblem, DatasetStatus } from '../datasets/dataset.ts';
import type { KeyClaim } from './idempotency-repository.ts';
import type { Page, PageRequest } from './page.ts';

export interface DatasetRepository {
  /** Writes a row in state `validating`; throws `idempotency_key_in_flight` when the claim has been taken over. */
  create(
    dataset: Pick<
      Dataset,
      'id' | 'name' | 'description' | 'format' | 'bytes' | 'sha256' | 'onBadRows' | 'sourceKey'
    > &
      Partial<Pick<Dataset, 'reading'>>,
    claim?: KeyClaim,
  ): Promise<Dataset>;
  find(id: string): Promise<Dataset | null>;
  list(page: PageRequest & { status?: DatasetStatus; name?: string }): Promise<Page<Dataset>>;
  /** validating → ready. False when the row was in another state (or gone): the caller removes what it wrote. */
  markReady(
    id: string,
    result: {
      tableKey: string;
      rowCount: number;
      columns: readonly ColumnProfile[];
      problems: readonly DatasetProblem[];
      problemCount: number;
    },
  ): Promise<boolean>;
  /** validating → rejected. */
  markRejected(
    id: string,
    result: { problems: readonly DatasetProblem[]; problemCount: number },
  ): Promise<boolean>;
  /** Removes the row unless a job that has not ended names it. The row as it was; `inUseBy` names the job; null when there is none. */
  delete(id: string): Promise<{ deleted: Dataset } | { inUseBy: string } | null>;
  /** Rows in `validating` that were last touched before `before`: their delivery may be lost. */
  findStale(before: Date): Promise<readonly Dataset[]>;
}
