import { describe, expect, test } from '@jest/globals';
import { readConfig } from './read-config.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
const tracesOf = (env: Record<string, string>) => readConfig({ env, envFile: '/dev/null' }).traces;

describe('traces', () => {
  test('are off where no collector is named, whatever else is', () => {
    expect(tracesOf({})).toBeNull();
    expect(tracesOf({ OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'always_on' })).toBeNull();
  });

  test('go to the collector’s path for traces, all of them that the client keeps', () => {
    expect(tracesOf(ENDPOINT)).toEqual({
      url: 'http://collector:4318/v1/traces',
      headers: {},
      serviceName: null,
      resource: {},
      sampler: 'parentbased_always_on',
      ratio: 1,
    });
    expect(tracesOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/otlp/' })?.url).toBe('https://c/otlp/v1/traces');
  });

  test('are set by OpenTelemetry’s own variables', () => {
    expect(
      tracesOf({
        ...ENDPOINT,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20a%2Cb, x-key = k=1 ,',
        OTEL_SERVICE_NAME: 'forge',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,team=tea',
        OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.25',
      }),
    ).toMatchObject({
      headers: { authorization: 'Bearer a,b', 'x-key': 'k=1' },
      serviceName: 'forge',
      resource: { 'deployment.environment.name': 'test', team: 'tea' },
      sampler: 'parentbased_traceidratio',
      ratio: 0.25,
    });
  });

  test.each(['0', '1', '1.0', '.5', '0.001'])('take %s for a ratio', text => {
    expect(tracesOf({ ...ENDPOINT, OTEL_TRACES_SAMPLER_ARG: text })?.ratio).toBe(Number(text));
  });

  test.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'no pair'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%zz'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_RESOURCE_ATTRIBUTES', '=x'],
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
    ['OTEL_TRACES_SAMPLER_ARG', '-1'],
  ])('a bad %s stops the start: %s', (name, value) => {
    const start = () => tracesOf({ ...ENDPOINT, [name]: value });
    expect(start).toThrow(new RegExp(`^${name} is not valid: [^\\n]+$`));
  });

  test('headers are shown in no complaint', () => {
    expect(() => tracesOf({ ...ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS: 'hunter2' })).toThrow(/^(?!.*hunter2)/);
  });
});
