// What a team writes in an afternoon: an Express handler that asks npm's obscenity. Prints where it
// listens, and ends with its standard input. The bench starts it where PREMOD_BENCH_NODE names a folder
// that has both packages:
//
// dir=$(mktemp -d) && npm --prefix "$dir" install express obscenity
// PREMOD_BENCH_NODE=$dir cargo bench --bench http
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.env.PREMOD_BENCH_NODE ?? process.cwd(), 'package.json'));
const express = require('express');
const { RegExpMatcher, englishDataset, englishRecommendedTransformers } = require('obscenity');

const matcher = new RegExpMatcher({ ...englishDataset.build(), ...englishRecommendedTransformers });
const app = express();
app.disable('x-powered-by');
app.set('etag', false);
app.post('/cometchat', express.json({ limit: '256kb' }), (request, response) => {
  const text = request.body?.data?.data?.text ?? '';
  response.json(matcher.hasMatch(text) ? { action: 'do_not_propagate' } : {});
});
const server = app.listen(0, '127.0.0.1', () => console.log(`127.0.0.1:${server.address().port}`));
process.stdin.resume().on('end', () => process.exit(0));
