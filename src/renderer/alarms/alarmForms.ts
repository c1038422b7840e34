import { z } from 'zod'
import { acknowledgeInputSchema, commentInputSchema, longestRemark, longestShelfMs, shelveInputSchema } from '../../shared/alarms.ts'
import type { Result } from '../../shared/result.ts'
import { formatMoment, formatSpan, type TimeZoneChoice, zoneOf } from '../../shared/units.ts'
import { type FormField, readEntries, type WordId, type Wrong } from '../app/editing/fields.ts'
import { readTypedMoment } from '../app/typedMoment.ts'
import { dayStart, zoneClock } from '../app/zoneClock.ts'
import { spans } from './planForms.ts'

export type AlarmForm = 'acknowledge' | 'shelve' | 'comment'
export interface AlarmEntries {
  /** A key of `spans`, or `none`, `morning`, `own`. */
  readonly end: string
  readonly own: string
  readonly text: string
  /** `yes`: also ends once it has healed. */
  readonly healed: string
}
const entrySchema = z.discriminatedUnion('form', [
  z.object({ form: z.literal('acknowledge'), input: acknowledgeInputSchema }),
  z.object({ form: z.literal('shelve'), input: shelveInputSchema }),
  z.object({ form: z.literal('comment'), input: commentInputSchema }),
])
export type AlarmEntry = z.output<typeof entrySchema>

interface Desk {
  readonly now: number
  readonly zone: TimeZoneChoice
}

const hourMs = 3_600_000
const spanOf: Readonly<Record<string, number>> = spans
const endsOf = { acknowledge: ['none', 'hour', 'hours', 'shift', 'morning', 'own'], shelve: ['quarter', 'hour', 'hours', 'morning', 'own'] } as const
const healedForMs = 600_000
const morningHour = 6

export function startOf(form: AlarmForm): AlarmEntries {
  return { end: form === 'shelve' ? 'hour' : 'none', own: '', text: '', healed: '' }
}

/** The chosen end; null: none. undefined: not a time, or not ahead. */
export function endOf({ end, own }: Pick<AlarmEntries, 'end' | 'own'>, { now, zone }: Desk): number | null | undefined {
  if (end === 'none') return null
  if (end === 'morning') {
    const clock = zoneClock(zone)
    return clock.at(clock.wall(dayStart(clock, now, 1)) + morningHour * hourMs)
  }
  const span = spanOf[end]
  if (span !== undefined) return now + span
  const at = readTypedMoment(own, zoneOf(zone), now, { earliest: now })
  return at !== null && at > now && at <= now + longestShelfMs ? at : undefined
}

export function fieldsOf(form: AlarmForm, desk: Desk): readonly FormField<AlarmEntries>[] {
  const comment: FormField<AlarmEntries> = {
    id: 'text',
    kind: 'lines',
    label: 'alarms.form.comment',
    wrong: 'alarms.form.textWrong',
    input: { rows: 3, maxLength: longestRemark },
  }
  if (form === 'comment') return [comment]
  if (form === 'acknowledge') return [{ ...comment, help: 'alarms.form.optional' }, ...endFields(form, desk)]
  return [
    { id: 'text', kind: 'text', label: 'common.reason', wrong: 'alarms.form.textWrong', input: { maxLength: longestRemark } },
    ...endFields(form, desk),
    { id: 'healed', kind: 'tick', label: 'alarms.form.endsHealed' },
  ]
}

const endLabels: Readonly<Record<string, WordId>> = { none: 'alarms.form.endNone', morning: 'alarms.form.endMorning', own: 'alarms.form.endOwn' }

const endFields = (form: keyof typeof endsOf, desk: Desk): readonly FormField<AlarmEntries>[] => [
  {
    id: 'end',
    kind: 'choice',
    label: 'alarms.form.end',
    half: true,
    help: (_t, entered) => {
      const at = endOf(entered, desk)
      return typeof at === 'number' ? formatMoment(at, 'minute', desk.zone) : undefined
    },
    options: endsOf[form].map((value) => ({ value, label: endLabels[value] ?? { name: formatSpan(spanOf[value] ?? 0) } })),
  },
  {
    id: 'own',
    kind: 'text',
    label: 'alarms.form.own',
    placeholder: '2026-11-14 06:00',
    half: true,
    shown: ({ end }) => end === 'own',
    refuse: (entered) => (endOf(entered, desk) === undefined ? 'alarms.form.ownWrong' : null),
  },
]

export function readForm(form: AlarmForm, entered: AlarmEntries, ids: readonly string[], desk: Desk): Result<AlarmEntry, Wrong> {
  const text = entered.text.trim()
  const until = endOf(entered, desk)
  const inputs = {
    acknowledge: { ids, until, ...(text !== '' && { comment: text }) },
    shelve: { ids, until, reason: text, endsHealedForMs: entered.healed === 'yes' ? healedForMs : null },
    comment: { ids, text },
  }
  return readEntries(fieldsOf(form, desk), entrySchema, { form, input: inputs[form] }, entered, null)
}
