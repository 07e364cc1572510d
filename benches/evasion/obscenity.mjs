// The corpora of disguise and innocence through npm's obscenity, with its English preset and the
// transformers that it recommends. Prints JSON: recall by trick, false alarms, time.
//
// dir=$(mktemp -d) && cp benches/evasion/obscenity.mjs "$dir" && npm --prefix "$dir" install obscenity && node "$dir/obscenity.mjs" tests/data
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { RegExpMatcher, englishDataset, englishRecommendedTransformers } from 'obscenity';

const data = process.argv[2] ?? 'tests/data';
const matcher = new RegExpMatcher({ ...englishDataset.build(), ...englishRecommendedTransformers });
const finds = (text) => matcher.hasMatch(text);

const lines = (file) =>
  readFileSync(file, 'utf8').split('\n').filter((line) => line.trim() && !line.startsWith('# '));
const unescape = (text) =>
  text.replace(/\\u\{([0-9a-f]+)\}/gi, (_, code) => String.fromCodePoint(parseInt(code, 16)));
const files = (folder) =>
  readdirSync(join(data, folder))
    .filter((name) => name.endsWith('.txt') && name !== 'words.txt')
    .sort()
    .map((name) => [basename(name, '.txt'), join(data, folder, name)]);

// Named character references and other scripts: no view of premod is held to them either.
const BEYOND = ['entities', 'other-scripts'];
// `known`: of those messages whose entry, undisguised, it finds.
const tally = (cases) => {
  const known = cases.filter(({ entry }) => finds(entry));
  const found = (some) => some.filter(({ text }) => finds(text)).length;
  return { messages: cases.length, found: found(cases), known: known.length, found_known: found(known) };
};

const recall = (folder) => {
  const all = files(folder).flatMap(([trick, file]) =>
    lines(file)
      .map((line) => line.split('\t'))
      .map(([view, entry, text]) => ({ trick, view, entry, text: unescape(text) }))
      .filter(({ entry }) => !entry.startsWith('find:')));
  const held = all.filter(({ trick }) => !BEYOND.includes(trick) && trick !== 'none');
  const tricks = [...new Set(all.map(({ trick }) => trick))];
  return {
    disguise: tally(held.filter(({ view }) => view === 'plain')),
    'spelling, splits, buried': tally(held.filter(({ view }) => view === 'loose')),
    beyond: tally(all.filter(({ trick }) => BEYOND.includes(trick))),
    tricks: Object.fromEntries(tricks.map((name) => [name, tally(all.filter(({ trick }) => trick === name))])),
  };
};

const alarms = (folder) => {
  const texts = files(folder).flatMap(([topic, file]) => lines(file).map((line) => [topic, unescape(line)]));
  const found = texts.filter(([, text]) => finds(text)).map(([topic, text]) => `${topic}: ${text}`);
  return { messages: texts.length, found: found.length, which: found };
};

const time = (texts) => {
  const of = texts.map((text) => {
    const rounds = Array.from({ length: 9 }, () => {
      const begun = process.hrtime.bigint();
      finds(text);
      return Number(process.hrtime.bigint() - begun) / 1000;
    });
    return rounds.sort((a, b) => a - b)[4];
  });
  of.sort((a, b) => a - b);
  const round = (us) => Math.round(us * 100) / 100;
  return { mean_us: round(of.reduce((a, b) => a + b) / of.length), p99_us: round(of[Math.floor(of.length * 0.99)]) };
};

const chat = readFileSync(join(data, 'chat/sample.txt'), 'utf8').split('\n').slice(0, -1);
const letters = [...chat.join(' ')];
const cut = Array.from({ length: 2000 }, (_, at) => letters.slice(at * 150, (at + 1) * 150).join(''));
const heldOut = alarms('innocent/held-out');
delete heldOut.which; // Who reads the lines of the part held out has tuned on them.
console.log(JSON.stringify({
  node: process.version,
  obscenity: JSON.parse(readFileSync(new URL('node_modules/obscenity/package.json', import.meta.url))).version,
  tuned: recall('evasion'),
  held_out: recall('evasion/held-out'),
  false_alarms: { tuned: alarms('innocent'), held_out: heldOut },
  real_chat: { messages: chat.length, found: chat.filter(finds).length },
  time: { chat: time(chat), characters_150: time(cut) },
}, null, 1));
