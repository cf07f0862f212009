/** A file of any size that fits in memory: `readFile` refuses those of more than 2 GiB, which large networks' checkpoints are. */
import { constants } from 'node:buffer';
import { open } from 'node:fs/promises';
import { CheckpointError } from '../../engine/training/checkpoint-file.ts';

/** One read of the operating system takes at most a little less than 2 GiB. */
const mostAtOnce = 2 ** 30;

/** @throws CheckpointError when it is larger than memory can be asked for in one piece */
export async function readWholeFile(path: string, bytesAtOnce = mostAtOnce): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > constants.MAX_LENGTH)
      throw new CheckpointError('damaged', `expected at most ${constants.MAX_LENGTH} bytes, got ${size}`);
    const bytes = Buffer.allocUnsafeSlow(size);
    let length = 0;
    while (length < size) {
      const { bytesRead } = await file.read(bytes, length, Math.min(bytesAtOnce, size - length), length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}
