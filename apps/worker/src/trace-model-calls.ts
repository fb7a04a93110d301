import type { Tracing } from '@roleforge/telemetry';
import type { AroundCall } from '@roleforge/writer';

/**
 * A span for each call of a model, by OpenTelemetry's conventions for generative AI: who was asked, how much of it there was and what
 * it came to; never what was asked, nor what was answered.
 */
export function traceModelCalls(tracing: Pick<Tracing, 'span'>): AroundCall {
  return ({ provider, model, baseUrl }, make) => {
    const fields = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': provider,
      'gen_ai.request.model': model,
      'server.address': new URL(baseUrl).hostname,
    };
    return tracing.span(`chat ${model}`, { kind: 'client', fields }, async span => {
      const made = await make();
      const { outcome, inputTokens, outputTokens } = made.call;
      span.set({
        'gen_ai.usage.input_tokens': inputTokens,
        'gen_ai.usage.output_tokens': outputTokens,
        'roleforge.ai.outcome': outcome,
      });
      if (outcome !== 'ok') span.fail(outcome);
      return made;
    });
  };
}
