import type { Offer } from './offers.ts';
import type { Persona } from './persona.ts';

/** What a role can talk about, by name: titles of its knowledge and names of its products, each in order of weight. */
type Repertoire = { topics: string[]; products: string[] };

export type Exchange = { user: string; role: string };

/**
 * Everything that the template writer says in one language. The texts that come in are single lines of any shape — a noun,
 * a phrase, a sentence — unless said otherwise; what comes out may be too long, and is clipped by the caller.
 */
export interface Wording {
  /** ISO 639 code; also the locale of prices where the role's own does not exist. */
  readonly language: string;
  /** Between two sentences, and before an emoji. */
  readonly gap: string;
  readonly colon: string;
  readonly unnamed: string;
  /** For a role whose tone nobody has set. */
  readonly defaultTone: string;
  readonly headings: Record<
    'background' | 'goals' | 'speech' | 'samples' | 'knowledge' | 'products' | 'boundaries',
    string
  >;
  readonly speakers: Exchange;
  /** About how much one reads in a chat bubble, in UTF-16 units. */
  readonly replyRoom: { plain: number; short: number };
  /** Stands above the knowledge in the prompt: facts, not instructions. */
  readonly knowledgeIntro: string;
  readonly productsIntro: string;
  /** Said after an answer that left something out. */
  readonly goOn: string;

  tagline(persona: Persona, repertoire: Repertoire): string;
  /** In the third person. */
  description(persona: Persona, repertoire: Repertoire): string;
  personality(persona: Persona): string;
  /** For a role of whose background nothing more is known than who it is. */
  bareBackground(persona: Persona): string;
  greeting(persona: Persona): string;
  /** Two or more, the likeliest first. */
  alternateGreetings(persona: Persona, repertoire: Repertoire): string[];
  /** How to speak, as instructions. */
  rules(persona: Persona): string[];

  /** "You are …", in which language to reply, and to stay in the role. */
  promptLead(persona: Persona, locale: string): string;
  /** Said in the prompt of a role that has a name and nothing to do. */
  readonly openEnded: string;
  /** Topics and products that did not fit into the prompt. */
  moreTopics(titles: string[]): string;
  moreProducts(names: string[]): string;

  /** What a user would ask to hear about the topic of this title. */
  askAbout(title: string): string;
  askProduct(offer: Offer): string;
  /** How the role would recommend it, in its own voice. The description may have several lines. */
  pitch(offer: Offer): string;
  /** The facts of a product on one line, for the prompt; in Markdown. */
  productLine(offer: Offer): string;
  /** Asked for its name. */
  whoIsThis(persona: Persona): Exchange;
  /** Asked in earnest whether it is human. */
  askedIfHuman(persona: Persona): Exchange;

  /** What any role does not do, in view of what this one has. */
  boundaries(repertoire: Repertoire): string[];
  /** The boundary in an item of `talkStyle.avoid`. */
  avoid(item: string): string;
}
