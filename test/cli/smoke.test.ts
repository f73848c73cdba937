import { smokeLines } from '../../cli/smoke';

const RUN = { id: 'smoke-1', startedAt: '', endedAt: '', steps: [], swept: [], leftovers: [] };

test('each step with its ids, then what is left with all that PayCA needs to find it', () => {
  const lines = smokeLines({
    ...RUN,
    verdict: 'fail',
    evidence: 'runs/1/manifest.json',
    steps: [
      { id: 'health', line: '4.1', verdict: 'pass', requestId: 'smoke-1-health-1', responseId: 'r1', calls: [] },
      { id: 'card', line: '4.3', verdict: 'fail', reason: 'not undone', requestId: 'smoke-1-card-2', calls: [] },
    ],
    swept: [{ kind: 'user', run: 'smoke-0', step: 'user', undone: true, by: 'jo', calls: [] }],
    leftovers: [
      {
        ...{ kind: 'card', run: 'smoke-1', step: 'card', at: '2026-12-01T10:00:00Z', tries: 1, reason: 'refused' },
        ...{ id: 'c1', idempotencyKey: 'smoke-1-card', requestIds: ['smoke-1-card-2', 'smoke-1-card-undo-3'] },
      },
    ],
  });
  expect(lines).toEqual([
    'pass     health           request smoke-1-health-1, response r1',
    'fail     card             not undone; request smoke-1-card-2, response none',
    'swept    user of smoke-0: undone by jo',
    'LEFT     card c1 of step card, 2026-12-01T10:00:00Z: refused',
    '         idempotency key smoke-1-card; request ids smoke-1-card-2, smoke-1-card-undo-3',
    'recorded: runs/1/manifest.json',
    'verdict: fail (smoke-1)',
  ]);
});

test('a run that did not begin says why', () => {
  expect(smokeLines({ ...RUN, verdict: 'no-data', reason: 'another run is under way' })).toEqual([
    'verdict: no-data (smoke-1, another run is under way)',
  ]);
});
