import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { SETTINGS } from '@roleforge/config';
import {
  type Container,
  KUBERNETES,
  podsOf,
  type Resource,
  readResources,
  render,
  type Selector,
  selects,
  validate,
} from './manifests.fixture.ts';
import { unknownNames } from './prometheus-rules.fixture.ts';

const secret = readResources(readFileSync(join(KUBERNETES, 'secret.example.yaml'), 'utf8'))[0] as Resource;
let base: Resource[];
let example: Resource[];
/** The example with everything that it has in comments. */
let whole: Resource[];
beforeAll(async () => {
  [base, example, whole] = await Promise.all([render('base'), render('overlays/example'), renderWhole()]);
});

async function renderWhole(): Promise<Resource[]> {
  const copy = mkdtempSync(join(tmpdir(), 'roleforge-manifests-'));
  try {
    cpSync(KUBERNETES, copy, { recursive: true });
    const file = join(copy, 'overlays/example/kustomization.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('# - ../../components/', '- ../../components/'));
    return await render('overlays/example', copy);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

const ofKind = (kind: Resource['kind'], from = example) => from.filter(resource => resource.kind === kind);
const containers = () => podsOf(example).flatMap(({ template }) => template.spec.containers);
const settings = (from = example) => ofKind('ConfigMap', from)[0]?.data ?? {};
/** The pods that a selector means. */
const chosen = (selector: Selector) =>
  podsOf(example).filter(({ template }) => selects(selector, template.metadata.labels));
const portNames = (pods: ReturnType<typeof podsOf>) =>
  pods.flatMap(({ template }) => template.spec.containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name)));

describe('what kustomize makes of them', () => {
  test('is allowed by the schemas of Kubernetes, KEDA and the Prometheus operator', () => {
    for (const resource of [...base, ...example, ...whole, secret]) validate(resource);
    expect(base.length).toBeGreaterThan(10);
  });

  test('leaves no file out', () => {
    const files = readdirSync(KUBERNETES, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.yaml'));
    const read = (file: string) => readFileSync(join(KUBERNETES, file), 'utf8');
    const named = files.filter(file => file.endsWith('kustomization.yaml')).map(read);
    const resources = files.filter(file => !/(kustomization|secret\.example)\.yaml$/.test(file));
    for (const file of resources)
      expect([file, named.some(text => text.includes(`- ${file.split('/').at(-1)}\n`))]).toEqual([file, true]);
  });

  test('is all in one namespace, and labelled for what it is', () => {
    for (const { kind, metadata } of whole) {
      if (kind !== 'Namespace') expect([metadata.name, metadata.namespace]).toEqual([metadata.name, 'roleforge']);
      const component = metadata.labels?.['app.kubernetes.io/component'];
      expect([metadata.name, component]).toEqual([
        metadata.name,
        expect.stringMatching(/^(setup|migrate|api|worker)$/),
      ]);
    }
  });

  test('needs no operator without the components', () => {
    expect([...ofKind('ScaledObject', base), ...ofKind('PodMonitor', base)]).toEqual([]);
  });
});

describe('pods', () => {
  test('run one image', () => {
    expect([...new Set(containers().map(({ image }) => image))]).toEqual(['registry.example.com/roleforge:0.1.0']);
  });

  test('are given settings that there are', () => {
    const given = [...Object.keys(settings(whole)), ...containers().flatMap(({ env }) => env.map(({ name }) => name))];
    expect(given.filter(name => !Object.hasOwn(SETTINGS, name))).toEqual([]);
  });

  test('are given settings whose values are allowed', () => {
    for (const [name, value] of Object.entries(settings(whole))) SETTINGS[name as keyof typeof SETTINGS].parse(value);
  });

  test('find their settings and secrets where they look for them', () => {
    for (const { env, envFrom } of containers()) {
      expect(envFrom).toEqual([{ configMapRef: { name: ofKind('ConfigMap')[0]?.metadata.name } }]);
      for (const { name, valueFrom } of env)
        expect(valueFrom.secretKeyRef).toMatchObject({ name: secret.metadata.name, key: name });
    }
    const asked = new Set(containers().flatMap(({ env }) => env.map(({ name }) => name)));
    expect(Object.keys(secret.stringData ?? {}).sort()).toEqual([...asked].sort());
  });

  test('may do nothing that they need not', () => {
    for (const { template } of podsOf(example)) {
      expect(template.spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(template.spec.automountServiceAccountToken).toBe(false);
      for (const { securityContext } of template.spec.containers)
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
    }
  });

  test('have the time to stop that their settings promise', () => {
    const { SHUTDOWN_DELAY_SECONDS: delay, SHUTDOWN_GRACE_SECONDS: grace } = settings();
    for (const { kind, template } of podsOf(example))
      if (kind === 'Deployment')
        expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(Number(delay) + Number(grace) + 5);
  });

  test('are probed where they answer', () => {
    const { PORT, WORKER_HEALTH_PORT } = settings();
    const portOf = { api: Number(PORT), worker: Number(WORKER_HEALTH_PORT) };
    for (const [name, containerPort] of Object.entries(portOf)) {
      const container = containers().find(each => each.name === name) as Container;
      const [port] = container.ports ?? [];
      expect(port).toMatchObject({ containerPort });
      const { startupProbe, livenessProbe, readinessProbe } = container;
      for (const probe of [startupProbe, livenessProbe, readinessProbe]) expect(probe?.httpGet.port).toBe(port?.name);
      expect([startupProbe, livenessProbe].map(probe => probe?.httpGet.path)).toEqual(['/livez', '/livez']);
      expect(readinessProbe?.httpGet.path).toMatch(/^\/readyz(\?|$)/);
    }
  });
});

describe('what refers to others', () => {
  test('a deployment selects its own pods, and spreads them', () => {
    for (const { metadata, spec } of ofKind('Deployment')) {
      expect(chosen(spec.selector).map(({ name }) => name)).toEqual([metadata.name]);
      for (const { labelSelector } of spec.template.spec.topologySpreadConstraints)
        expect(labelSelector).toEqual(spec.selector);
    }
  });

  test('services, budgets and monitors select pods and ports that there are', () => {
    for (const { spec } of ofKind('Service')) {
      const pods = chosen({ matchLabels: spec.selector });
      expect(pods.map(({ name }) => name)).toEqual(['roleforge-api']);
      for (const { targetPort } of spec.ports) expect(portNames(pods)).toContain(targetPort);
    }
    for (const { metadata, spec } of ofKind('PodDisruptionBudget'))
      expect(chosen(spec.selector).map(({ name }) => name)).toEqual([metadata.name]);
    for (const { metadata, spec } of ofKind('PodMonitor')) {
      const pods = chosen(spec.selector);
      expect(pods.map(({ name }) => name)).toEqual([metadata.name]);
      for (const { port, relabelings } of spec.podMetricsEndpoints) {
        expect(portNames(pods)).toContain(port);
        expect(relabelings).toContainEqual({ targetLabel: 'job', replacement: metadata.name });
      }
    }
  });

  test('what is scaled is there, and says nothing of how many itself', () => {
    const scaled = [...ofKind('HorizontalPodAutoscaler'), ...ofKind('ScaledObject')].map(
      ({ spec }) => spec.scaleTargetRef.name,
    );
    expect(scaled).toEqual(ofKind('Deployment').map(({ metadata }) => metadata.name));
    for (const { spec } of ofKind('Deployment')) expect(spec).not.toHaveProperty('replicas');
    expect(ofKind('HorizontalPodAutoscaler')[0]?.spec.minReplicas).toBeGreaterThanOrEqual(2);
  });

  test('workers are scaled by metrics that there are, and by their own concurrency', () => {
    const [{ spec }] = ofKind('ScaledObject') as [Resource];
    const queries: string[] = spec.triggers.map(({ metadata }: { metadata: { query: string } }) => metadata.query);
    expect(queries.flatMap(query => unknownNames(query))).toEqual([]);
    expect(queries[0]).toContain('max(roleforge_queue_oldest_waiting_age_seconds)');
    expect(Number(spec.triggers[1].metadata.threshold)).toBe(Number(settings().WORKER_CONCURRENCY) * 0.8);
    for (const { metadata } of spec.triggers) expect(metadata.ignoreNullValues).toBe('false');
  });

  test('the migration comes after the setup and before the rest', () => {
    const waveOf = ({ metadata }: Resource) => Number(metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0);
    const waves = whole.map(each => [each.metadata.labels?.['app.kubernetes.io/component'], waveOf(each)]);
    const expected = { setup: -2, migrate: -1, api: 0, worker: 0 };
    for (const [component, wave] of waves)
      expect([component, wave]).toEqual([component, expected[component as keyof typeof expected]]);
  });
});

describe('network policies', () => {
  const policies = () => ofKind('NetworkPolicy', whole);

  test('shut everything that is not named', () => {
    expect(policies().map(({ spec }) => spec)).toContainEqual({
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
    });
  });

  test('are about pods and ports that there are', () => {
    for (const { metadata, spec } of policies()) {
      const pods = chosen(spec.podSelector);
      expect([metadata.name, pods.length]).toEqual([metadata.name, expect.any(Number)]);
      expect(pods.length).toBeGreaterThan(0);
      for (const { ports } of spec.ingress ?? [])
        for (const { port } of ports)
          expect([metadata.name, portNames(pods)]).toEqual([metadata.name, expect.arrayContaining([port])]);
    }
  });

  test('open a way out by name, or to a few ports; the public internet is the exception', () => {
    const ways = policies().flatMap(({ metadata, spec }) =>
      (spec.egress ?? []).map(({ to, ports }: { to: object[]; ports: { port: number }[] }) => {
        const named = to.every(peer => 'namespaceSelector' in peer && 'podSelector' in peer);
        return `${metadata.name} ${named ? 'by name' : 'by address'}: ${ports.map(({ port }) => port).join(', ')}`;
      }),
    );
    expect(ways.toSorted()).toEqual([
      'roleforge-collector by name: 4318',
      'roleforge-model by name: 8000',
      'roleforge-names-and-stores by address: 3306, 6379',
      'roleforge-names-and-stores by name: 53, 53',
      'roleforge-public-internet by address: 1',
      'roleforge-sentinels by address: 26379',
    ]);
    expect(settings(whole).OTEL_EXPORTER_OTLP_ENDPOINT).toMatch(/\.monitoring\.svc:4318$/);
  });

  test('the way to the public internet leads nowhere else', () => {
    const open = policies().find(({ metadata }) => metadata.name === 'roleforge-public-internet');
    const blocks: { cidr: string; except?: string[] }[] = open?.spec.egress.flatMap(({ to }: { to: object[] }) =>
      to.map(peer => (peer as { ipBlock: object }).ipBlock),
    );
    const isOpen = (address: string) => {
      const family = address.includes(':') ? 'ipv6' : 'ipv4';
      return blocks.some(
        ({ cidr, except = [] }) =>
          listOf([cidr]).check(address, family) && !(except.length > 0 && listOf(except).check(address, family)),
      );
    };
    for (const address of ['8.8.8.8', '172.15.0.1', '2606:4700::1'])
      expect([address, isOpen(address)]).toEqual([address, true]);
    for (const address of [
      '10.1.2.3',
      '172.20.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '127.0.0.1',
      '100.64.1.1',
      'fd00::1',
      'fe80::1',
      '::1',
    ])
      expect([address, isOpen(address)]).toEqual([address, false]);
  });
});

function listOf(cidrs: string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [net = '', prefix] = cidr.split('/');
    list.addSubnet(net, Number(prefix), net.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}

test('the example of the secret holds no value', () => {
  expect(Object.values(secret.stringData ?? {}).every(value => value === '')).toBe(true);
});
