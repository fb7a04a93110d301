import { canInstall } from './choose-provision.ts';
import { installWithApt } from './install-with-apt.ts';
import { findProgram } from './platform-programs.ts';
import { platformFacts } from './provide-programs.ts';

/**
 * The paths of programs that tests of operations need beside the servers, such as `promtool`; what is missing is installed first on
 * Debian or Ubuntu as root.
 * @param packages by program, the Debian package that brings it
 * @throws Error naming what to install, where that cannot be done from here
 * @throws ServerStartFailed when installing fails
 */
export async function provideTools<Program extends string>(
  packages: Readonly<Record<Program, string>>,
  report: (line: string) => void = () => {},
): Promise<Record<Program, string>> {
  const programs = Object.keys(packages) as Program[];
  const missing = programs.filter(program => findProgram(program) === undefined);
  if (missing.length > 0 && canInstall(platformFacts()))
    await installWithApt([...new Set(missing.map(program => packages[program]))], report);
  const found = programs.map(program => [program, findProgram(program)] as const);
  const absent = found.filter(([, path]) => path === undefined).map(([program]) => program);
  if (absent.length > 0)
    throw new Error(`${absent.join(', ')} not found; install ${absent.map(program => packages[program]).join(', ')}`);
  return Object.fromEntries(found) as Record<Program, string>;
}
