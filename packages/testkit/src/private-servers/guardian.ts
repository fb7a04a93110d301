/**
 * A program of its own that outlives the one which started it, for as long as it takes to end the servers of a program that crashed.
 *
 * Its standard input is a pipe from that program; the system closes it when the program is gone, however it went. Lines of JSON come
 * through it (`GuardianNote`): what to end and to remove, and at last, after a proper stop, `{"finished": true}`.
 */
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { endProcesses } from './end-processes.ts';
import type { GuardianNote } from './guardian-link.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { runProgram } from './run-program.ts';

// Whoever ends all processes at once means the program too, and the servers may be needed until that has stopped them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const servers: ProcessIdentity[] = [];
const commands: string[][] = [];
const folders: string[] = [];
let finished = false;

for await (const line of createInterface({ input: process.stdin })) {
  const note = JSON.parse(line) as GuardianNote;
  if ('server' in note) servers.push(note.server);
  else if ('command' in note) commands.push(note.command);
  else if ('folder' in note) folders.push(note.folder);
  else finished = true;
}

if (!finished) {
  await endProcesses(servers);
  for (const [program = '', ...args] of commands) await runProgram(program, args);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
