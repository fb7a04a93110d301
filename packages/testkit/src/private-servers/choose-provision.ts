/** A Debian package that brings one of the two servers. */
export type ServerPackage = 'redis-server' | 'mariadb-server';

export interface PlatformFacts {
  /** Packages whose programs were not found. */
  readonly missing: readonly ServerPackage[];
  /** `ID` and the words of `ID_LIKE` in /etc/os-release; empty where there is none. */
  readonly distributions: readonly string[];
  readonly isRoot: boolean;
  /** Whether both `docker compose version` and `docker info` succeed. */
  readonly dockerAnswers: boolean;
}

export type Provision =
  | { readonly kind: 'local' }
  | { readonly kind: 'apt'; readonly packages: readonly ServerPackage[] }
  | { readonly kind: 'docker' }
  | { readonly kind: 'none'; readonly missing: readonly ServerPackage[] };

/**
 * Where the two servers come from. What is installed goes first; installing comes before Docker, because it happens once and
 * later starts then take a fraction of a second.
 */
export function chooseProvision({ missing, distributions, isRoot, dockerAnswers }: PlatformFacts): Provision {
  if (missing.length === 0) return { kind: 'local' };
  if (canInstall({ distributions, isRoot })) return { kind: 'apt', packages: missing };
  if (dockerAnswers) return { kind: 'docker' };
  return { kind: 'none', missing };
}

/** Whether apt-get may be used here. */
export function canInstall({ distributions, isRoot }: Pick<PlatformFacts, 'distributions' | 'isRoot'>): boolean {
  return isRoot && distributions.some(name => name === 'debian' || name === 'ubuntu');
}

/** The distribution's own name and those it descends from, out of the text of /etc/os-release. */
export function distributionsIn(osRelease: string): string[] {
  return osRelease.split('\n').flatMap(line => {
    const value = /^(?:ID|ID_LIKE)=(.*)$/.exec(line)?.[1];
    return value === undefined ? [] : value.replaceAll(/["']/g, '').split(' ').filter(Boolean);
  });
}
