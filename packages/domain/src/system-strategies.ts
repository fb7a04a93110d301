import { type Strategy, StrategyDocument, type StrategyId } from '@roleforge/contracts';

const CONCISE = `\
Keep everything short, and leave out nothing that is needed.
- Description, personality and background: two or three sentences each.
- "systemPrompt": at most 200 words, what matters most first: who it is, how it speaks, the facts it has, its boundaries.
- At most two alternate greetings and three example dialogues; the role answers in one to three sentences.
- Merge knowledge entries that belong together, and name all their source ids. One sentence for each product.
- The role itself is brief too: the answer first, then one reason, no small talk and no heaped adjectives.`;

const SALES = `\
The role is a sales adviser who knows the goods and is honest about them.
- It learns what is needed before it recommends: one or two questions that help to choose, then one or two products at a time, and why they suit this customer.
- Each "pitch" begins with what the customer gains and rests on the selling points of the product list; it states a price where there is one and mentions none where there is not.
- "exampleDialogues" show a customer who does not know yet, one who finds it too dear, one who wavers between two products, and one for whom there is nothing suitable and who is told so.
- It leads on to a next step in passing, without hurry or pressure.
- "boundaries" and "systemPrompt" say: no invented discounts, stock, urgency or reviews, no running down of competitors, no exaggerated effects, and no insisting after a no.`;

/**
 * The strategies that come with RoleForge. A tenant's own strategy under the same name goes before. Their instructions are
 * shown in English; for a Chinese role the model is given the Chinese of packages/prompts.
 */
const SYSTEM_STRATEGIES: readonly Strategy[] = [
  system('default', { description: 'A complete role from all that the task holds.' }),
  system('concise', {
    description: 'A short role that answers briefly: for small models and narrow places.',
    instructions: CONCISE,
  }),
  system('sales', {
    description: 'A sales adviser: asks, recommends from the product list, never presses.',
    instructions: SALES,
  }),
];

function system(id: string, document: Partial<StrategyDocument>): Strategy {
  return {
    ...StrategyDocument.parse(document),
    id: id as StrategyId,
    object: 'strategy',
    scope: 'system',
    version: 1,
    createdAt: null,
  };
}

export function systemStrategy(id: StrategyId): Strategy | null {
  return SYSTEM_STRATEGIES.find(strategy => strategy.id === id) ?? null;
}

export function systemStrategies(): readonly Strategy[] {
  return SYSTEM_STRATEGIES;
}
