import { expect, test } from '@jest/globals';
import { chooseProvision, distributionsIn, type PlatformFacts, type Provision } from './choose-provision.ts';

const bare: PlatformFacts = {
  missing: ['redis-server', 'mariadb-server'],
  distributions: [],
  isRoot: false,
  dockerAnswers: false,
};
const both = bare.missing;

const table: [string, Partial<PlatformFacts>, Provision][] = [
  ['both servers are installed', { missing: [] }, { kind: 'local' }],
  [
    'installed servers go before Docker and apt',
    { missing: [], distributions: ['debian'], isRoot: true, dockerAnswers: true },
    { kind: 'local' },
  ],
  ['Debian as root installs', { distributions: ['debian'], isRoot: true }, { kind: 'apt', packages: both }],
  [
    'a descendant of Ubuntu as root installs',
    { distributions: ['linuxmint', 'ubuntu', 'debian'], isRoot: true },
    { kind: 'apt', packages: both },
  ],
  [
    'only what is missing is installed',
    { missing: ['mariadb-server'], distributions: ['ubuntu'], isRoot: true, dockerAnswers: true },
    { kind: 'apt', packages: ['mariadb-server'] },
  ],
  ['Debian as an ordinary user has Docker', { distributions: ['debian'], dockerAnswers: true }, { kind: 'docker' }],
  ['Debian as an ordinary user has nothing', { distributions: ['debian'] }, { kind: 'none', missing: both }],
  [
    'another Linux as root has Docker',
    { distributions: ['fedora'], isRoot: true, dockerAnswers: true },
    { kind: 'docker' },
  ],
  ['another Linux as root has nothing', { distributions: ['fedora'], isRoot: true }, { kind: 'none', missing: both }],
  ['no os-release, Docker answers', { dockerAnswers: true }, { kind: 'docker' }],
];

test.each(table)('%s', (_name, facts, expected) => {
  expect(chooseProvision({ ...bare, ...facts })).toEqual(expected);
});

test.each([
  ['ID=debian\nVERSION_ID="12"', ['debian']],
  ['NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n', ['linuxmint', 'ubuntu', 'debian']],
  ['NAME=Nothing\nVARIANT_ID=debian', []],
  ['', []],
])('the distributions in %j', (text, expected) => {
  expect(distributionsIn(text)).toEqual(expected);
});
