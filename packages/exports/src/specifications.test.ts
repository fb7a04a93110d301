import { describe, expect, test } from '@jest/globals';
import type { ExportFormat } from '@roleforge/contracts';
import { Role } from '@roleforge/contracts';
import fc from 'fast-check';
import { z } from 'zod';
import { exportRole } from './export-role.ts';
import { anyRole, CHINESE_ROLE, ENGLISH_ROLE, roleWith } from './roles.fixture.ts';

const strings = z.array(z.string());
const anything = z.record(z.string(), z.unknown());

/** Character Card V3 (kwaroran/character-card-spec-v3, SPEC_V3.md): the CharacterCardV3 and Lorebook interfaces, and nothing else. */
const CardSpecification = z.strictObject({
  spec: z.literal('chara_card_v3'),
  spec_version: z.literal('3.0'),
  data: z.strictObject({
    name: z.string(),
    description: z.string(),
    tags: strings,
    creator: z.string(),
    character_version: z.string(),
    mes_example: z.string().regex(/^(<START>\n\{\{user\}\}: .*\{\{char\}\}: .*)?$/s),
    extensions: anything,
    system_prompt: z.string(),
    post_history_instructions: z.string(),
    first_mes: z.string(),
    alternate_greetings: strings,
    personality: z.string(),
    scenario: z.string(),
    creator_notes: z.string(),
    group_only_greetings: strings,
    character_book: z
      .strictObject({
        name: z.string().optional(),
        description: z.string().optional(),
        scan_depth: z.number().optional(),
        token_budget: z.number().optional(),
        recursive_scanning: z.boolean().optional(),
        extensions: anything,
        entries: z.array(
          z.strictObject({
            keys: strings,
            content: z.string(),
            extensions: anything,
            enabled: z.boolean(),
            insertion_order: z.number(),
            use_regex: z.boolean(),
            constant: z.boolean().optional(),
            name: z.string().optional(),
            priority: z.number().optional(),
            id: z.union([z.number(), z.string()]).optional(),
            comment: z.string().optional(),
            case_sensitive: z.boolean().optional(),
            selective: z.boolean().optional(),
            secondary_keys: strings.optional(),
            position: z.enum(['before_char', 'after_char']).optional(),
          }),
        ),
      })
      .optional(),
    assets: z
      .array(
        z.strictObject({
          type: z.string(),
          uri: z.string().regex(/^(ccdefault:|embeded:\/\/|https?:\/\/|data:)/),
          name: z.string(),
          ext: z.string().regex(/^[a-z0-9]+$/),
        }),
      )
      .optional(),
    nickname: z.string().optional(),
    creator_notes_multilingual: z.record(z.string().regex(/^[a-z]{2}$/), z.string()).optional(),
    source: strings.optional(),
    creation_date: z.int().optional(),
    modification_date: z.int().optional(),
  }),
});

/** ElizaOS, its character schema, which is strict; without `secrets`, which no export may fill. */
const ElizaSpecification = z.strictObject({
  id: z.uuid().optional(),
  name: z.string().min(1),
  username: z.string().optional(),
  system: z.string().optional(),
  templates: anything.optional(),
  bio: z.union([z.string(), strings]),
  messageExamples: z
    .array(z.array(z.strictObject({ name: z.string(), content: z.strictObject({ text: z.string() }) })))
    .optional(),
  postExamples: strings.optional(),
  topics: strings.optional(),
  adjectives: strings.optional(),
  knowledge: strings.optional(),
  plugins: strings.optional(),
  settings: anything.optional(),
  style: z.strictObject({ all: strings.optional(), chat: strings.optional(), post: strings.optional() }).optional(),
});

/** Coze, “Create an agent” (POST /v1/bot/create), beside the id of a space. */
const CozeSpecification = z.strictObject({
  name: z.string().min(1).max(20),
  description: z.string().max(500),
  prompt_info: z.strictObject({ prompt: z.string() }),
  onboarding_info: z.strictObject({ prologue: z.string(), suggested_questions: strings }),
});

/** OpenAI, “Create assistant” (POST /v1/assistants). */
const OpenAiSpecification = z.strictObject({
  model: z.string().min(1),
  name: z.string().max(256).optional(),
  description: z.string().max(512).optional(),
  instructions: z.string().max(256_000).optional(),
  response_format: z.strictObject({ type: z.literal('text') }).optional(),
  metadata: z
    .record(z.string().max(64), z.string().max(512))
    .refine(pairs => Object.keys(pairs).length <= 16)
    .optional(),
});

const SPECIFICATIONS: [specification: string, ExportFormat, z.ZodType][] = [
  ['RoleForge’s own role', 'json', Role.strict()],
  ['Character Card V3', 'character-card-v3', CardSpecification],
  ['ElizaOS character', 'elizaos', ElizaSpecification],
  ['Coze bot', 'coze', CozeSpecification],
  ['OpenAI assistant', 'openai', OpenAiSpecification],
];

const exported = (role: Role, format: ExportFormat) => JSON.parse(exportRole(role, format).content as string);

describe.each(SPECIFICATIONS)('%s', (_specification, format, schema) => {
  test.each([
    ['Chinese', CHINESE_ROLE],
    ['English', ENGLISH_ROLE],
  ])('is kept to by a %s role, field by field', (_language, role) => {
    expect(schema.parse(exported(role, format))).toEqual(exported(role, format));
  });

  test('is kept to by whatever role', () => {
    fc.assert(
      fc.property(anyRole, role => void schema.parse(exported(role, format))),
      { numRuns: 40 },
    );
  });

  test('is kept to by the longest role', () => {
    const profile = {
      ...CHINESE_ROLE.profile,
      name: '很'.repeat(80),
      tagline: '长'.repeat(300),
      description: 'No end. '.repeat(500),
      systemPrompt: '。'.repeat(20_000),
      knowledge: Array.from({ length: 500 }, (_, index) => ({
        keys: [`key ${index}`],
        content: '茶叶与水温。'.repeat(200),
        sourceIds: [],
      })),
    };
    schema.parse(exported(roleWith(profile), format));
  });
});

describe('a Character Card', () => {
  const { data } = exported(CHINESE_ROLE, 'character-card-v3');

  test('has examples in the <START> convention, and nothing where there are none', () => {
    expect(exported(ENGLISH_ROLE, 'character-card-v3').data.mes_example).toBe(
      '<START>\n{{user}}: Which stove?\n{{char}}: The small one.\n<START>\n{{user}}: And a tent?\n{{char}}: Yours is fine.',
    );
    const silent = roleWith({ ...ENGLISH_ROLE.profile, exampleDialogues: [] });
    expect(exported(silent, 'character-card-v3').data.mes_example).toBe('');
  });

  test('has its knowledge as a lorebook, and its dates in seconds', () => {
    expect(data.character_book.entries).toMatchObject([
      { id: 1, keys: ['冲泡', '水温'], content: '八十度，两分钟', enabled: true, use_regex: false, constant: false },
    ]);
    expect([data.creation_date, data.modification_date]).toEqual([1_798_790_400, 1_798_790_400]);
  });

  test('has its notes by language, and its own data under extensions alone', () => {
    expect(Object.keys(data.creator_notes_multilingual).toSorted()).toEqual(['en', 'zh']);
    expect(Object.keys(data.extensions)).toEqual(['roleforge']);
    expect(data.extensions.roleforge).toMatchObject({ roleId: CHINESE_ROLE.id, version: 2, locale: 'zh-CN' });
  });
});

describe('a Coze bot', () => {
  test('asks what the examples’ users ask, and is cut where a sentence ends', () => {
    expect(exported(ENGLISH_ROLE, 'coze').onboarding_info).toEqual({
      prologue: 'Where to?',
      suggested_questions: ['Which stove?', 'And a tent?'],
    });
    const long = roleWith({ ...ENGLISH_ROLE.profile, description: 'Sells tents. '.repeat(300) }, { locale: 'en' });
    expect(exported(long, 'coze').description).toMatch(/Sells tents\.\nAI-generated content/);
  });
});

describe('an OpenAI assistant', () => {
  test('has the model that wrote it only if that is OpenAI’s', () => {
    expect(exported(CHINESE_ROLE, 'openai').model).toBe('gpt-test');
    const writer = { ...CHINESE_ROLE.writer, provider: 'deepseek', model: 'deepseek-chat' };
    expect(exported({ ...CHINESE_ROLE, writer }, 'openai').model).toMatch(/^gpt-/);
  });
});
