import { z } from 'zod';

const line = (max: number) => z.string().trim().min(1).max(max);

/**
 * A role as an LLM or the template writer hands it in: complete enough to be put to work as it stands.
 * The same schema asks the model for its answer, checks the answer, and documents the API.
 */
export const RoleProfile = z
  .object({
    name: line(80).describe('The name that the role goes by'),
    tagline: line(300).describe('One line that says who this is'),
    description: line(4000).describe('Who the role is, in the third person'),
    personality: line(4000).describe('Character and temperament'),
    background: line(8000).describe('Where the role comes from'),
    systemPrompt: line(20_000).describe('Instructions that make a chat model play this role'),
    greeting: line(2000).describe('The first message, in the role’s own voice'),
    alternateGreetings: z.array(line(2000)).max(10).describe('Other first messages'),
    talkStyle: z.object({
      tone: line(500),
      rules: z.array(line(500)).max(30).describe('How to speak'),
      catchphrases: z.array(line(200)).max(20),
      avoid: z.array(line(500)).max(50),
    }),
    exampleDialogues: z.array(z.object({ user: line(2000), role: line(2000) })).max(20),
    knowledge: z
      .array(
        z.object({
          keys: z.array(line(200)).min(1).max(20).describe('Words that bring this entry to mind'),
          content: line(20_000),
          sourceIds: z.array(line(64)).max(50).describe('Ids of the knowledge items that it rests on'),
        }),
      )
      .max(500),
    products: z
      .array(z.object({ productId: line(64), pitch: line(4000).describe('How the role would recommend it') }))
      .max(500),
    boundaries: z.array(line(500)).max(30).describe('What the role will not do'),
    tags: z.array(line(60)).max(30),
  })
  .meta({ id: 'RoleProfile' });
export type RoleProfile = z.infer<typeof RoleProfile>;

/** The parts of a profile, as named in `provenance` and `stale`. */
export const PROFILE_PARTS = Object.keys(RoleProfile.shape) as (keyof RoleProfile)[];
export type ProfilePart = keyof RoleProfile;
export const ProfilePartName = z.enum(PROFILE_PARTS as [ProfilePart, ...ProfilePart[]]);
