import type { Result } from '../../shared/result.ts'
import { type SnapshotSettings, snapshotSettingsSchema } from '../../shared/snapshots.ts'
import { type FormField, listEntered, numberEntered, readEntries, type Wrong } from '../app/editing/fields.ts'

/** What is entered about snapshots. */
export interface SnapshotEntries {
  /** Empty: only by hand. */
  readonly everySeconds: string
  readonly megabitsPerSecond: string
  readonly atOnce: string
  readonly keepDays: string
  readonly keepAlarmDays: string
  readonly keepMegabytes: string
  /** One a line: `15 tags: studio, slides; streams: north/*`. */
  readonly exceptions: string
}

type SnapshotException = SnapshotSettings['exceptions'][number]

/** Keys of a line, as in the configuration file. */
const scopeKeys = ['tags', 'servers', 'streams'] as const
const never = 'never'

/** An exception as it is entered: `15 tags: studio, slides; streams: north/*`. */
export function exceptionLine({ everySeconds, ...scope }: SnapshotException): string {
  const parts = scopeKeys.flatMap((key) => (scope[key].length > 0 ? `${key}: ${scope[key].join(', ')}` : []))
  return [everySeconds ?? never, parts.join('; ')].join(' ').trim()
}

/** The lines of what was typed; null: one has another form, or goes beyond a limit. */
function readExceptions(text: string): SnapshotException[] | null {
  const lines = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [readLine(line)]))
  return snapshotSettingsSchema.shape.exceptions.safeParse(lines).data ?? null
}
/** A line for the schema; null: it has another form. */
function readLine(line: string): unknown {
  const [, every = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(line.trim()) ?? []
  const seconds = numberEntered(every)
  if (every !== never && (seconds === undefined || !Number.isFinite(seconds))) return null
  const scope: Record<string, readonly string[]> = {}
  for (const part of rest.split(';').filter((text) => text.trim() !== '')) {
    const colon = part.indexOf(':')
    const key = scopeKeys.find((one) => one === part.slice(0, colon).trim())
    const named = listEntered(part.slice(colon + 1))
    if (colon < 0 || key === undefined || scope[key] !== undefined || named.length === 0) return null
    scope[key] = named
  }
  // Without any it would be about every stream.
  return Object.keys(scope).length === 0 ? null : { everySeconds: every === never ? null : seconds, ...scope }
}

export const snapshotEntries = (settings: SnapshotSettings): SnapshotEntries => ({
  everySeconds: settings.everySeconds === null ? '' : String(settings.everySeconds),
  megabitsPerSecond: String(settings.megabitsPerSecond),
  atOnce: String(settings.atOnce),
  keepDays: String(settings.keepDays),
  keepAlarmDays: String(settings.keepAlarmDays),
  keepMegabytes: String(settings.keepMegabytes),
  exceptions: settings.exceptions.map(exceptionLine).join('\n'),
})

const number = { inputMode: 'decimal' } as const

export const snapshotFields: readonly FormField<SnapshotEntries>[] = [
  {
    id: 'everySeconds',
    kind: 'text',
    label: 'snapshot.form.everySeconds',
    help: 'snapshot.form.everySecondsHint',
    wrong: 'snapshot.form.everySecondsWrong',
    input: number,
  },
  {
    id: 'exceptions',
    kind: 'lines',
    label: 'snapshot.form.exceptions',
    help: 'snapshot.form.exceptionsHint',
    placeholder: '15 tags: studio; streams: north/*',
    refuse: ({ exceptions }) => (readExceptions(exceptions) === null ? 'snapshot.form.exceptionsWrong' : null),
    input: { rows: 3 },
  },
  {
    id: 'megabitsPerSecond',
    kind: 'text',
    label: 'snapshot.form.megabitsPerSecond',
    help: 'snapshot.form.megabitsHint',
    wrong: 'snapshot.form.megabitsWrong',
    half: true,
    input: number,
  },
  {
    id: 'atOnce',
    kind: 'text',
    label: 'snapshot.form.atOnce',
    help: 'snapshot.form.atOnceHint',
    wrong: 'snapshot.form.atOnceWrong',
    half: true,
    input: number,
  },
  { id: 'keepDays', kind: 'text', label: 'snapshot.form.keepDays', wrong: 'snapshot.form.daysWrong', half: true, input: number },
  {
    id: 'keepAlarmDays',
    kind: 'text',
    label: 'snapshot.form.keepAlarmDays',
    help: 'snapshot.form.keepAlarmDaysHint',
    wrong: 'snapshot.form.daysWrong',
    half: true,
    input: number,
  },
  {
    id: 'keepMegabytes',
    kind: 'text',
    label: 'snapshot.form.keepMegabytes',
    help: 'snapshot.form.keepMegabytesHint',
    wrong: 'snapshot.form.keepMegabytesWrong',
    half: true,
    input: number,
  },
]

/** The entries as settings, or the mistakes by field. An empty one is refused, but for the interval. */
export function readSnapshots(entered: SnapshotEntries): Result<SnapshotSettings, Wrong> {
  const numberOf = (text: string) => numberEntered(text) ?? Number.NaN
  const input = {
    everySeconds: numberEntered(entered.everySeconds) ?? null,
    exceptions: readExceptions(entered.exceptions) ?? [],
    megabitsPerSecond: numberOf(entered.megabitsPerSecond),
    atOnce: numberOf(entered.atOnce),
    keepDays: numberOf(entered.keepDays),
    keepAlarmDays: numberOf(entered.keepAlarmDays),
    keepMegabytes: numberOf(entered.keepMegabytes),
  }
  return readEntries(snapshotFields, snapshotSettingsSchema, input, entered, null)
}
