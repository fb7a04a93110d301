import { extentOf, secretsInLogsOf } from '../secrets-of-run.ts';

/** Once after all tests. @throws Error where a secret that they used stands in what their programs logged */
export default async function stopServers(): Promise<void> {
  const { serversOfRun } = globalThis;
  if (serversOfRun === undefined) return;
  const { secrets, files, bytes } = extentOf(serversOfRun.folder);
  const found = secretsInLogsOf(serversOfRun.folder);
  await serversOfRun.stop();
  if (found.length > 0)
    throw new Error(
      `Secrets in the logs of this run:\n${found.map(({ file, line, hint, text }) => `${file}:${line} has ${hint}\n  ${text}`).join('\n')}`,
    );
  if (files > 0)
    process.stderr.write(
      `${secrets} secrets looked for in ${files} logs (${Math.ceil(bytes / 1024)} KiB): none found\n`,
    );
}
