/** The page's stylesheets, in the order in which it takes them in. */
export const STYLES = ['frame.css', 'headline.css', 'incidents.css', 'figures.css', 'cards.css', 'charts.css'] as const;

const SCRIPTS = [
  'status-live.js',
  'status-view.js',
  'headline.js',
  'incidents.js',
  'figures.js',
  'queue.js',
  'workers.js',
  'upkeep.js',
  'markup.js',
  'words.js',
] as const;

/** What the page is made of besides its HTML. Each has an address of its own below that of the page. */
export const PAGE_FILES: readonly string[] = [...STYLES, ...SCRIPTS];
