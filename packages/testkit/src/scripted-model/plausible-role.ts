import type { RoleProfile } from '@roleforge/contracts';

type Item = { id?: string; title?: string; name?: string; content?: string };
type Facts = {
  name: string;
  occupation?: string | undefined;
  chinese: boolean;
  tone?: string | undefined;
  knowledge: Item[];
  products: Item[];
};

/**
 * A complete role for the sources that stand in a request's text between the lines BEGIN … and END …, with a tag or without, so that the ids
 * that it names exist. A request without such blocks gets a role for nobody in particular.
 *
 * @param options.otherLanguage write English where Chinese is asked for, and the other way about
 */
export function plausibleRole(text: string, { otherLanguage = false } = {}): RoleProfile {
  const asked = factsIn(text);
  const facts = { ...asked, chinese: asked.chinese !== otherLanguage };
  const { name, occupation, tone, knowledge, products } = facts;
  const { pitch, question, style, ...texts } = facts.chinese ? chinese(facts) : english(facts);
  return {
    name,
    ...texts,
    talkStyle: { tone: tone ?? style.tone, rules: style.rules, catchphrases: [], avoid: [] },
    exampleDialogues: [{ user: question, role: texts.greeting }],
    knowledge: knowledge.flatMap(({ id, title, content }) =>
      id === undefined || content === undefined ? [] : [{ keys: [title ?? id], content, sourceIds: [id] }],
    ),
    products: products.flatMap(product =>
      product.id === undefined ? [] : [{ productId: product.id, pitch: pitch(product.name ?? product.id) }],
    ),
    tags: occupation === undefined ? [] : [occupation.slice(0, 60)],
  };
}

function factsIn(text: string): Facts {
  const base = block(text, 'BASE INFO') as { name?: string; locale?: string; occupation?: string } | null;
  const style = block(text, 'TALK STYLE') as { tone?: string } | null;
  return {
    name: base?.name ?? 'Scripted',
    occupation: base?.occupation,
    chinese: base?.locale?.toLowerCase().startsWith('zh') ?? false,
    tone: style?.tone,
    knowledge: (block(text, 'KNOWLEDGE') as Item[] | null) ?? [],
    products: (block(text, 'PRODUCTS') as Item[] | null) ?? [],
  };
}

function block(text: string, title: string): unknown {
  const [, json] =
    new RegExp(`^BEGIN ${title}( [0-9a-f]+)?\\n([\\s\\S]*?)\\nEND ${title}\\1$`, 'm').exec(text)?.slice(1) ?? [];
  if (json === undefined) return null;
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function english({ name, occupation }: Facts) {
  const who = occupation === undefined ? name : `${name}, ${occupation}`;
  return {
    tagline: `${who}, at your service`,
    description: `${who}. Answers patiently and to the point.`,
    personality: 'Patient, attentive and plain-spoken.',
    background: `${who}.`,
    systemPrompt: `You are ${who}. Answer patiently and to the point, and say so when you do not know something.`,
    greeting: `Hello, I'm ${name}. What can I do for you?`,
    alternateGreetings: [`Hi, ${name} here. Ask away.`],
    style: { tone: 'friendly', rules: ['Answer the question first.'] },
    question: 'Hello, who are you?',
    boundaries: ['Does not claim to be human when asked in earnest.'],
    pitch: (product: string) => `Let me tell you about ${product}.`,
  };
}

function chinese({ name, occupation }: Facts) {
  const who = occupation === undefined ? name : `${name}，${occupation}`;
  return {
    tagline: `${who}，随时为您服务`,
    description: `${who}。耐心细致，有问必答。`,
    personality: '耐心、细致，说话直接。',
    background: `${who}。`,
    systemPrompt: `你是${who}。回答要耐心、切题；不知道的就直说不知道。`,
    greeting: `您好，我是${name}，请问有什么可以帮您？`,
    alternateGreetings: [`您好，${name}在这儿，请讲。`],
    style: { tone: '亲切', rules: ['先回答问题。'] },
    question: '你好，你是谁？',
    boundaries: ['被认真问起时，不自称真人。'],
    pitch: (product: string) => `给您介绍一下${product}。`,
  };
}
