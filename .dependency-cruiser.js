/**
 * The arrows between rooms: contracts ← domain ← {db, queue, writer, telemetry, …} ← apps. Adapters never import each
 * other; steering, which says what an owner's wish does to ledger and queue alike, stands between them and the apps; testkit, which may import any of them, is imported by tests, by benches and by the launcher alone.
 */
const packagesOther = (...names) => `^packages/(?!(${names.join('|')})/)`;

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'contracts-import-nothing-of-ours',
      severity: 'error',
      from: { path: '^packages/contracts/' },
      to: { path: ['^apps/', packagesOther('contracts')] },
    },
    {
      name: 'domain-imports-contracts-alone',
      severity: 'error',
      from: { path: '^packages/domain/' },
      to: { path: ['^apps/', packagesOther('contracts', 'domain')] },
    },
    {
      name: 'domain-is-pure',
      comment: 'No files, sockets, processes or timers: only hashing.',
      severity: 'error',
      from: { path: '^packages/domain/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    ...['db', 'queue', 'telemetry', 'config', 'prompts', 'exports', 'source-cache', 'egress'].map(adapter => ({
      name: `${adapter}-imports-no-other-adapter`,
      severity: 'error',
      from: { path: `^packages/${adapter}/`, pathNot: '\\.(test|fixture)\\.ts$' },
      to: { path: ['^apps/', packagesOther('contracts', 'domain', adapter)] },
    })),
    {
      name: 'writer-imports-prompts-alone',
      severity: 'error',
      from: { path: '^packages/writer/', pathNot: '\\.(test|fixture)\\.ts$' },
      to: { path: ['^apps/', packagesOther('contracts', 'domain', 'prompts', 'writer')] },
    },
    {
      name: 'webhooks-leave-by-the-guarded-way-out',
      severity: 'error',
      from: { path: '^packages/webhooks/', pathNot: '\\.(test|fixture)\\.ts$' },
      to: { path: ['^apps/', packagesOther('contracts', 'domain', 'egress', 'webhooks')] },
    },
    {
      name: 'steering-imports-ledger-and-queue',
      severity: 'error',
      from: { path: '^packages/steering/', pathNot: '\\.(test|fixture)\\.ts$' },
      to: { path: ['^apps/', packagesOther('contracts', 'domain', 'db', 'queue', 'steering')] },
    },
    {
      name: 'lifecycle-imports-telemetry-alone',
      severity: 'error',
      from: { path: '^packages/lifecycle/', pathNot: '\\.test\\.ts$' },
      to: { path: ['^apps/', packagesOther('telemetry', 'lifecycle')] },
    },
    {
      name: 'apps-do-not-import-each-other',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'testkit-is-for-tests-and-the-launcher',
      severity: 'error',
      from: {
        path: '^(packages|apps)/',
        pathNot: ['^packages/testkit/', '^apps/launcher/', '\\.(test|fixture)\\.ts$', '/fixtures/'],
      },
      to: { path: '^packages/testkit/' },
    },
    {
      name: 'rooms-are-entered-by-their-door',
      comment:
        'Another room is imported by its name, not by a path into it. Two have a second door: the writer to the limits of providers, the way out to what judges addresses, without the client that sends.',
      severity: 'error',
      from: { path: '^(?:apps|packages)/([^/]+)/' },
      to: {
        path: '^packages/',
        pathNot: [
          '^packages/$1/',
          '^packages/[^/]+/src/index\\.ts$',
          '^packages/writer/src/limits/index\\.ts$',
          '^packages/egress/src/refusal\\.ts$',
        ],
      },
    },
    {
      name: 'rooms-are-imported-by-name',
      severity: 'error',
      from: { path: '^(?:apps|packages)/([^/]+)/' },
      to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.(json)$' },
    // TypeScript 7 has no API to parse with yet; swc reads the same syntax.
    parser: 'swc',
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
