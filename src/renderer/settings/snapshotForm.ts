import type { Result } from '../../shared/result.ts'
import { type SnapshotSettings, snapshotSettingsSchema } from '../../shared/snapshots.ts'
import { entriesOfIds, type FormField, numberEntered, readEntries, type Wrong } from '../app/editing/fields.ts'
import { linesEntered, readScopeLine, scopeLine } from '../fleet/enteredLines.ts'

/** What is entered as figures, of which none may be left out. */
const figures = ['megabitsPerSecond', 'atOnce', 'keepDays', 'keepAlarmDays', 'keepMegabytes'] as const
/** What is entered about snapshots. Without an interval: only by hand. Exceptions, one a line: `15 tags: studio, slides; streams: north/*`. */
type SnapshotEntries = Readonly<Record<'everySeconds' | 'exceptions' | (typeof figures)[number], string>>

type SnapshotException = SnapshotSettings['exceptions'][number]

const never = 'never'

export function exceptionLine({ everySeconds, ...scope }: SnapshotException): string {
  return scopeLine(String(everySeconds ?? never), scope)
}

/** The lines of what was typed; null: one has another form, or goes beyond a limit. */
const readExceptions = (text: string): SnapshotException[] | null =>
  snapshotSettingsSchema.shape.exceptions.safeParse(linesEntered(text).map(readLine)).data ?? null
/** A line for the schema; null: it has another form. */
function readLine(line: string): unknown {
  const read = readScopeLine(line)
  if (read === null) return null
  const seconds = numberEntered(read.head)
  if (read.head !== never && (seconds === undefined || !Number.isFinite(seconds))) return null
  return { everySeconds: read.head === never ? null : seconds, ...read.scope }
}

export function snapshotEntries(settings: SnapshotSettings): SnapshotEntries {
  return {
    ...entriesOfIds(figures, (id) => String(settings[id])),
    everySeconds: settings.everySeconds === null ? '' : String(settings.everySeconds),
    exceptions: settings.exceptions.map(exceptionLine).join('\n'),
  }
}

const number = { inputMode: 'decimal' } as const

export const snapshotFields: readonly FormField<SnapshotEntries>[] = [
  { id: 'everySeconds', kind: 'text', label: 'snapshot.form.everySeconds', help: 'snapshot.form.everySecondsHint', input: number },
  {
    id: 'exceptions',
    kind: 'lines',
    label: 'snapshot.form.exceptions',
    help: 'snapshot.form.exceptionsHint',
    placeholder: '15 tags: studio; streams: north/*',
    refuse: ({ exceptions }) => (readExceptions(exceptions) === null ? 'snapshot.form.exceptionsWrong' : null),
    input: { rows: 3 },
  },
  ...figures.map(
    (id): FormField<SnapshotEntries> => ({
      id,
      kind: 'text',
      label: `snapshot.form.${id}`,
      ...(id === 'keepAlarmDays' && { help: 'snapshot.form.keepAlarmDaysHint' }),
      half: true,
      input: number,
    }),
  ),
]

/** An empty entry is refused, but for the interval. */
export function readSnapshots(entered: SnapshotEntries): Result<SnapshotSettings, Wrong> {
  const input = {
    ...Object.fromEntries(figures.map((id) => [id, numberEntered(entered[id]) ?? Number.NaN])),
    everySeconds: numberEntered(entered.everySeconds) ?? null,
    exceptions: readExceptions(entered.exceptions) ?? [],
  }
  return readEntries(snapshotFields, snapshotSettingsSchema, input, entered, null)
}
