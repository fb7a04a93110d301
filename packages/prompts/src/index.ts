export { checkTemplates, type TemplateProblem } from './check-templates.ts';
export { composePrompt, type Prompt } from './compose-prompt.ts';
export { countTokens } from './count-tokens.ts';
