#!/usr/bin/env node
// to-ours.mjs recording FOLDER NAME OUT.ovr | trace FILE.obt OUT.ovt - brings captured files into our formats, checking
// everything on the way. Uses the built packages (npm run build).
import { importRecording, importTrace, totalsOf, writeRecording, writeTrace } from '@overbook/traces';

const [what, from, second, third] = process.argv.slice(2);
if (what === 'recording' && from && second && third) {
  const recording = importRecording(from, second);
  writeRecording(third, recording, { quality: 11 });
  console.log(JSON.stringify({ snapshots: recording.snapshots.length, ...totalsOf(recording.trace) }));
} else if (what === 'trace' && from && second) {
  const trace = importTrace(from);
  writeTrace(second, trace, { quality: 11 });
  console.log(JSON.stringify({ pages: trace.pages, ...totalsOf(trace) }));
} else {
  process.stderr.write('usage: to-ours.mjs recording FOLDER NAME OUT.ovr | trace FILE.obt OUT.ovt\n');
  process.exitCode = 2;
}
