import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { provideTools } from '@roleforge/testkit';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Job } from 'kubernetes-models/batch/v1';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Namespace, Secret, Service } from 'kubernetes-models/v1';
import { parseAllDocuments } from 'yaml';
import { DEPLOY } from './prometheus-rules.fixture.ts';

export const KUBERNETES = join(DEPLOY, 'kubernetes');

/** The schemas that resources are held against; a kind that is not here is refused. */
const MODELS = {
  ConfigMap,
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  Job,
  Namespace,
  NetworkPolicy,
  PodDisruptionBudget,
  PodMonitor,
  ScaledObject,
  Secret,
  Service,
};

type Labels = Record<string, string>;
export type Selector = {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values: string[] }[];
};
type Probe = { httpGet: { path: string; port: string } };
export type Container = {
  name: string;
  image: string;
  ports?: { name: string; containerPort: number }[];
  env: { name: string; valueFrom: { secretKeyRef: { name: string; key: string } } }[];
  envFrom: { configMapRef: { name: string } }[];
  securityContext: object;
  startupProbe?: Probe;
  livenessProbe?: Probe;
  readinessProbe?: Probe;
};
export type PodTemplate = {
  metadata: { labels: Labels };
  spec: {
    containers: Container[];
    terminationGracePeriodSeconds?: number;
    securityContext: object;
    automountServiceAccountToken: boolean;
  };
};
/** A resource, as far as the tests look into it. */
export type Resource = {
  kind: keyof typeof MODELS;
  metadata: { name: string; namespace?: string; labels?: Labels; annotations?: Record<string, string> };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: each kind has another; the schemas say which.
  spec?: any;
};

/** What kustomize makes of a folder, as it is or in a copy of them all. @throws Error with its words */
export async function render(folder: string, root = KUBERNETES): Promise<Resource[]> {
  const { kubectl } = await provideTools({ kubectl: 'kubernetes-client' });
  const { stdout } = await promisify(execFile)(kubectl, ['kustomize', join(root, folder)]);
  return readResources(stdout);
}

export function readResources(text: string): Resource[] {
  return parseAllDocuments(text).map(document => document.toJS() as Resource);
}

/** @throws Error that names each part which the schema of its kind does not allow */
export function validate(resource: Resource): void {
  const Model = MODELS[resource.kind] as unknown as new (data: object) => { validate(): void };
  new Model(resource).validate();
}

/** The pods of all deployments and jobs, under the name of what makes them. */
export function podsOf(resources: Resource[]): { name: string; kind: string; template: PodTemplate }[] {
  return resources
    .filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
    .map(({ kind, metadata, spec }) => ({ name: metadata.name, kind, template: spec.template }));
}

export function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ''))
  );
}
