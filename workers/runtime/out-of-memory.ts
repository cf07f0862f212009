/**
 * Whether Linux ended a process for want of memory: it then looks like a kill -9 from anyone. The kernel counts such
 * kills: for this container where there is a count of its own, else for the machine.
 */
import { readFileSync } from 'node:fs';

const counts = ['/sys/fs/cgroup/memory.events', '/proc/vmstat'] as const;

/** How many there have been; 0 where nobody counts. */
export function outOfMemoryKills(files: readonly string[] = counts): number {
  for (const file of files) {
    try {
      const [, count] = /^oom_kill (\d+)$/m.exec(readFileSync(file, 'utf8')) ?? [];
      if (count !== undefined) return Number(count);
    } catch {
      // Another system, or a kernel without it.
    }
  }
  return 0;
}
