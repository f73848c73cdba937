import { execFileSync } from 'node:child_process';

/** The arguments of this process's descendants, as every user of the machine can read them. */
export function descendantArguments(): string {
  const all = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8', maxBuffer: 1e8 })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .map(([, pid = '', parent = '', text = '']) => ({ pid, parent, text }));
  const ours = new Set([String(process.pid)]);
  // A child has been listed after its parent only if the numbers of processes did not begin anew.
  for (let known = 0; known < ours.size; ) {
    known = ours.size;
    for (const { pid, parent } of all) if (ours.has(parent)) ours.add(pid);
  }
  return all.flatMap(({ pid, text }) => (ours.has(pid) && pid !== String(process.pid) ? [text] : [])).join('\n');
}
