// Loaded ahead of the operator's command: what V8 compiled of it before is kept in `out/`, since to compile it is a third of a
// start, and a rehearsal has a hundred. Node has this built in from 22 on only. Dynamic imports do not outlive it.
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const DIRECTORY = join(__dirname, '..', 'out', 'rehearsal', 'compiled');

Module.prototype._compile = function (source, filename) {
  const name = createHash('sha256').update(process.version).update(source).digest('hex');
  const file = join(DIRECTORY, name);
  const cachedData = read(file);
  const script = new Script(Module.wrap(source), { filename, cachedData });
  if (!cachedData || script.cachedDataRejected) writeAtTheEnd(file, script);
  const run = script.runInThisContext();
  return run.call(this.exports, this.exports, Module.createRequire(filename), this, filename, dirname(filename));
};

function read(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** At the end, when what ran is compiled, too. */
function writeAtTheEnd(file, script) {
  process.once('exit', () => {
    mkdirSync(DIRECTORY, { recursive: true });
    // Others start meanwhile, and must not read half of it.
    writeFileSync(`${file}.${process.pid}`, script.createCachedData());
    renameSync(`${file}.${process.pid}`, file);
  });
}
