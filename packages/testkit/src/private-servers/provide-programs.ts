import { readFileSync } from 'node:fs';
import { canInstall, chooseProvision, distributionsIn } from './choose-provision.ts';
import { NoServersAvailable } from './errors.ts';
import { installWithApt } from './install-with-apt.ts';
import { findServerPrograms, type ServerPrograms } from './platform-programs.ts';
import { runProgram } from './run-program.ts';

/**
 * The server programs of this machine, installed first where that is possible; `'docker'` where containers have to do.
 * @throws NoServersAvailable where there is neither
 * @throws ServerStartFailed when installing fails
 */
export async function providePrograms(report: (line: string) => void): Promise<ServerPrograms | 'docker'> {
  const { programs, missing } = findServerPrograms();
  if (programs) return programs;
  const platform = platformFacts();
  // Docker is asked only where its answer counts: asking takes about a second.
  const dockerAnswers = !canInstall(platform) && (await askDocker());
  const provision = chooseProvision({ missing, ...platform, dockerAnswers });
  switch (provision.kind) {
    case 'docker':
      return 'docker';
    case 'apt': {
      await installWithApt(provision.packages, report);
      const installed = findServerPrograms();
      if (installed.programs) return installed.programs;
      throw new NoServersAvailable(installed.missing);
    }
    case 'none':
    case 'local':
      throw new NoServersAvailable(missing);
  }
}

async function askDocker(): Promise<boolean> {
  const answers = await Promise.all([runProgram('docker', ['compose', 'version']), runProgram('docker', ['info'])]);
  return answers.every(answer => answer.code === 0);
}

/** What decides whether packages can be installed here. */
export function platformFacts(): { distributions: string[]; isRoot: boolean } {
  return { distributions: distributionsIn(readOsRelease()), isRoot: process.getuid?.() === 0 };
}

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
