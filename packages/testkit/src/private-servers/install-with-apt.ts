import { ServerStartFailed } from './errors.ts';
import { lastLines, runProgram } from './run-program.ts';

/**
 * Debian starts a service as soon as its package is installed, unless policy-rc.d forbids it: these servers would be the
 * machine's, not ours. A policy that the machine already has is left as it is. The shell holds the file, so it is removed even if
 * this program is killed meanwhile. `--no-upgrade`: an installed server is not replaced under the feet of those who use it.
 */
const INSTALL = `
if (set -C; printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d) 2>/dev/null; then
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  chmod 755 /usr/sbin/policy-rc.d
fi
apt-get update && apt-get install -y --no-install-recommends --no-upgrade "$@"
`;

/**
 * Installs packages on Debian or Ubuntu without starting their services. Must run as root.
 * @throws ServerStartFailed when apt-get fails
 */
export async function installWithApt(packages: readonly string[], report: (line: string) => void): Promise<void> {
  report(`installing ${packages.join(' and ')} (once)…`);
  const { code, printed } = await runProgram('/bin/sh', ['-c', INSTALL, 'install', ...packages], {
    DEBIAN_FRONTEND: 'noninteractive',
    RUNLEVEL: '1',
  });
  if (code !== 0)
    throw new ServerStartFailed(`apt-get could not install ${packages.join(' and ')}`, lastLines(printed));
}
