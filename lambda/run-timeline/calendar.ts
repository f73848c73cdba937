/** An entry of a calendar. */
export interface CalendarEvent {
  /** The same for an entry that is moved. */
  readonly uid: string;
  /** Higher than before when it is moved or cancelled. */
  readonly sequence: number;
  readonly start: Date;
  readonly minutes: number;
  readonly summary: string;
  readonly description: string;
  readonly cancelled?: boolean;
}

/** A calendar file (RFC 5545): what mail programs and calendars import as `.ics`. */
export function calendar(events: readonly CalendarEvent[], now: Date): string {
  const cancelled = events.some((event) => event.cancelled);
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//payca-golive//launch//EN',
    `METHOD:${cancelled ? 'CANCEL' : 'PUBLISH'}`,
    ...events.flatMap((event) => entry(event, now)),
    'END:VCALENDAR',
  ]
    .map((line) => `${folded(line)}\r\n`)
    .join('');
}

function entry({ uid, sequence, start, minutes, summary, description, cancelled }: CalendarEvent, now: Date): string[] {
  return [
    'BEGIN:VEVENT',
    `UID:${uid}`,
    `SEQUENCE:${sequence}`,
    `DTSTAMP:${stamp(now)}`,
    `DTSTART:${stamp(start)}`,
    `DTEND:${stamp(new Date(start.getTime() + minutes * 60_000))}`,
    `SUMMARY:${escaped(summary)}`,
    `DESCRIPTION:${escaped(description)}`,
    `STATUS:${cancelled ? 'CANCELLED' : 'CONFIRMED'}`,
    'END:VEVENT',
  ];
}

function stamp(time: Date): string {
  return time.toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function escaped(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&').replace(/\r?\n/g, '\\n');
}

/** At most 75 octets a line (RFC 5545, 3.1); a character is never cut in two. */
function folded(line: string): string {
  const lines = [''];
  for (const character of line) {
    const last = lines.length - 1;
    if (Buffer.byteLength(`${lines[last]}${character}`) <= 75) lines[last] += character;
    else lines.push(` ${character}`);
  }
  return lines.join('\r\n');
}
