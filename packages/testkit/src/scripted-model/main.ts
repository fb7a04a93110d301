import { parseArgs } from 'node:util';
import { startScriptedModel } from './server.ts';

/** Serves until it is stopped: `node main.ts --port 8089 --latency-ms 500`. */
const { values } = parseArgs({
  options: { port: { type: 'string', default: '8089' }, 'latency-ms': { type: 'string', default: '0' } },
});
const port = wholeNumber('--port', values.port, 65_535);
const delayMs = wholeNumber('--latency-ms', values['latency-ms'], 3_600_000);

const model = await startScriptedModel({ port, record: false });
model.always({ kind: 'answer', delayMs });
console.log(`Scripted model at ${model.url}, answering after ${delayMs} ms`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void model.close());

function wholeNumber(flag: string, text: string, max: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0 && number <= max) return number;
  console.error(`${flag} takes a whole number from 0 to ${max}, not ${text}`);
  process.exit(2);
}
