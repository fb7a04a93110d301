import type { ScriptedUsage } from './turns.ts';

/** The parts of a request body that the server looks at. */
export type ChatRequest = {
  model?: string;
  messages?: { role: string; content: string | { type: string; text?: string }[] }[];
  stream?: boolean;
  stream_options?: { include_usage?: boolean };
};

/** One finished answer, before it is put on the wire. */
export type Completion = {
  id: string;
  model: string;
  content: string;
  finishReason: 'stop' | 'length' | 'content_filter';
  usage: ScriptedUsage;
};

/** The text of all messages, one after another. */
export function messageText(request: ChatRequest): string {
  return (request.messages ?? [])
    .map(({ content }) => (typeof content === 'string' ? content : content.map(part => part.text ?? '').join('')))
    .join('\n');
}

/** A rough count, as good as any where no tokenizer is at hand: four characters to a token. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** The body of an answer that is not streamed. */
export function completionBody({ id, model, content, finishReason, usage }: Completion): object {
  return {
    id,
    object: 'chat.completion',
    created: 0,
    model,
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: finishReason }],
    usage: usageBody(usage),
  };
}

/** The server-sent events of a streamed answer, `[DONE]` included, with the content in `pieces` parts. */
export function completionEvents(completion: Completion, pieces: number, includeUsage: boolean): string[] {
  const { id, model, content, finishReason, usage } = completion;
  const event = (rest: object) =>
    `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created: 0, model, ...rest })}\n\n`;
  const delta = (change: object, finish: string | null = null) =>
    event({ choices: [{ index: 0, delta: change, finish_reason: finish }] });
  return [
    delta({ role: 'assistant', content: '' }),
    ...slices(content, pieces).map(piece => delta({ content: piece })),
    delta({}, finishReason),
    ...(includeUsage ? [event({ choices: [], usage: usageBody(usage) })] : []),
    'data: [DONE]\n\n',
  ];
}

/** `text` in at most `count` parts of about the same length; joined they are the text. */
export function slices(text: string, count: number): string[] {
  const size = Math.max(1, Math.ceil(text.length / Math.max(1, count)));
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  );
}

function usageBody({ promptTokens, completionTokens }: ScriptedUsage) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
