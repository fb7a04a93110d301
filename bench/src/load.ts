import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import autocannon from 'autocannon';

export type Load = { url: string; headers: Record<string, string>; body: string; connections: number; seconds: number };

/** Times in milliseconds. */
export type LoadResult = { perSecond: number; p50: number; p99: number; failed: number };

/** Sends the same POST over and over on so many connections. By wrk where it is installed, for it takes the least of the machine; else by autocannon. */
export async function applyLoad(load: Load, tool: 'wrk' | 'autocannon'): Promise<LoadResult> {
  return tool === 'wrk' ? byWrk(load) : byAutocannon(load);
}

export async function chooseTool(): Promise<'wrk' | 'autocannon'> {
  return promisify(execFile)('which', ['wrk']).then(
    () => 'wrk',
    () => 'autocannon',
  );
}

async function byAutocannon({ url, headers, body, connections, seconds }: Load): Promise<LoadResult> {
  const result = await autocannon({ url, method: 'POST', headers, body, connections, duration: seconds });
  return {
    perSecond: result['2xx'] / result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
    failed: result.non2xx + result.errors,
  };
}

async function byWrk({ url, headers, body, connections, seconds }: Load): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), 'roleforge-bench-'));
  const script = join(folder, 'post.lua');
  const lines = Object.entries(headers).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  );
  writeFileSync(
    script,
    `wrk.method = "POST"\nwrk.body = [[${body}]]\n${lines.join('\n')}
done = function(summary, latency)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("\\nRESULT %f %f %f %d\\n", (summary.requests - summary.errors.status) / (summary.duration / 1e6), latency:percentile(50) / 1000, latency:percentile(99) / 1000, bad))
end\n`,
  );
  const { stdout } = await promisify(execFile)('wrk', [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '-s',
    script,
    url,
  ]).finally(() => rmSync(folder, { recursive: true }));
  const [perSecond = 0, p50 = 0, p99 = 0, failed = 0] = (/RESULT (.*)/.exec(stdout)?.[1] ?? '').split(' ').map(Number);
  return { perSecond, p50, p99, failed };
}
