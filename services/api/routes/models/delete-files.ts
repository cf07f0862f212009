/** The files of versions that are no more. What is not deleted now is swept later: no row names it any more. */
import { decodingFiles, decodingKeyOf, weightsKeyOf } from '../../../../domain/models/version-files.ts';
import type { ApiParts } from '../../parts.ts';

export async function deleteFiles(
  { storage, report }: Pick<ApiParts, 'storage' | 'report'>,
  storageKeys: readonly string[],
): Promise<void> {
  for (const storageKey of storageKeys)
    for (const key of [
      storageKey,
      weightsKeyOf(storageKey),
      ...decodingFiles.map((file) => decodingKeyOf(storageKey, file)),
    ])
      await storage.delete(key).catch((error: unknown) => report(`${key} was not deleted`, error));
}
