import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { archiveObjects } from '../../../lambda/archive-events/archive';

const message = (id: number, receivedAt: string) => ({
  messageId: `m${id}`,
  body: JSON.stringify({ id, detail: { receivedAt } }),
});
const time = fc
  .date({ min: new Date('2026-11-30'), max: new Date('2026-12-02'), noInvalidDate: true })
  .map((date) => date.toISOString());

test('every event is in one object, under the hour of its receipt', () => {
  fc.assert(
    fc.property(fc.array(time, { maxLength: 50 }), (times) => {
      const messages = times.map((receivedAt, index) => message(index, receivedAt));
      const { objects, unreadable } = archiveObjects(messages);
      expect(unreadable).toEqual([]);
      const lines = objects.flatMap(({ key, content }) => {
        const events = gunzipSync(content)
          .toString()
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line));
        for (const { detail } of events) {
          const [date = '', hour = ''] = detail.receivedAt.split(/[T:]/);
          const [year, month, day] = date.split('-');
          expect(key).toContain(`year=${year}/month=${month}/day=${day}/hour=${hour}/`);
        }
        return events.map(({ id }) => id);
      });
      expect(lines.sort((a, b) => a - b)).toEqual(times.map((_, index) => index));
      expect(objects.flatMap(({ messageIds }) => messageIds)).toHaveLength(times.length);
    }),
  );
});

test('a batch that is delivered again makes the same object, in any order', () => {
  const batch = ['2026-12-01T10:00:00Z', '2026-12-01T10:59:59Z'].map((receivedAt, index) => message(index, receivedAt));
  const [first] = archiveObjects(batch).objects;
  const [second] = archiveObjects(batch.toReversed()).objects;
  expect(second?.key).toBe(first?.key);
  expect(second?.content).toEqual(first?.content);
});

test('messages that are no event are told, and do not stop the others', () => {
  const { objects, unreadable } = archiveObjects([
    { messageId: 'bad', body: '{' },
    { messageId: 'no time', body: '{"detail":{}}' },
    message(1, '2026-12-01T10:00:00Z'),
  ]);
  expect(unreadable).toEqual(['bad', 'no time']);
  expect(objects).toHaveLength(1);
});
