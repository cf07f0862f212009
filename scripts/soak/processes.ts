/** The processes of a soak, as Linux shows them. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Those that this one has started and that still run. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** All that work in this folder or below it, as everything does that the soak starts: «pid command». */
export function processesIn(directory: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const state = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')[0];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return state !== 'Z' && readlinkSync(`/proc/${pid}/cwd`).startsWith(directory)
          ? [`${pid} ${command}`]
          : [];
      } catch {
        return [];
      }
    });
}

/** False when the process is gone already. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
