/** Colours of pages and drawings, as custom properties of light and of dark pages. */

type Colors = Readonly<Record<string, string>>;

/** Okabe and Ito's palette (2008), told apart by colour-blind readers. States of memory: mild to severe. */
export const LIGHT: Colors = {
  paper: '#ffffff',
  ink: '#1b1f24',
  soft: '#57606a',
  line: '#d0d7de',
  wash: '#f6f8fa',
  link: '#0550ae',
  good: '#116329',
  bad: '#a40e26',
  shade: '#1b1f2440',
  'series-1': '#0072b2',
  'series-2': '#d55e00',
  'series-3': '#009e73',
  'series-4': '#cc79a7',
  'series-5': '#7a5c00',
  'series-6': '#3a8fc4',
  'series-7': '#6f4e9c',
  'series-8': '#57606a',
  'state-high': '#e6eaee',
  'state-clear': '#c5ccd3',
  'state-soft': '#f0b429',
  'state-hard': '#c2410c',
  'state-low': '#7f1d1d',
};

/** The same, lighter on a dark page. */
export const DARK: Colors = {
  paper: '#0d1117',
  ink: '#e6edf3',
  soft: '#9da7b3',
  line: '#30363d',
  wash: '#161b22',
  link: '#79b8ff',
  good: '#56d364',
  bad: '#ff7b72',
  shade: '#e6edf340',
  'series-1': '#56b4e9',
  'series-2': '#ff9a57',
  'series-3': '#3fd0a4',
  'series-4': '#eaa4c9',
  'series-5': '#e6c84f',
  'series-6': '#9bd0f5',
  'series-7': '#c0a5ec',
  'series-8': '#9da7b3',
  'state-high': '#262c34',
  'state-clear': '#48515c',
  'state-soft': '#d29922',
  'state-hard': '#f0652f',
  'state-low': '#ff9a9a',
};

/** Declarations for a style sheet. */
export function customProperties(colors: Colors): string {
  return Object.entries(colors)
    .map(([name, color]) => `--${name}: ${color};`)
    .join(' ');
}

/** Text with every `var(--name)` replaced by its colour on a light page. */
export function inLight(text: string): string {
  return text.replace(/var\(--([\w-]+)\)/g, (whole, name: string) => LIGHT[name] ?? whole);
}
