import { describe, expect, it } from 'vitest'
import { type AlarmEntries, type AlarmForm, endOf, readForm, startOf } from './alarmForms.ts'

const now = Date.UTC(2026, 10, 14, 2, 30)
const desk = { now, zone: 'utc' } as const
const read = (form: AlarmForm, entered: Partial<AlarmEntries>) => readForm(form, { ...startOf(form), ...entered }, ['one', 'two'], desk)
const ends = (end: string, own = '') => endOf({ end, own }, desk)

describe('an end', () => {
  it('lies a span ahead, tomorrow at six, or where it was typed', () => {
    expect(ends('quarter')).toBe(now + 900_000)
    expect(ends('morning')).toBe(Date.UTC(2026, 10, 15, 6))
    expect(ends('own', '2026-11-14 05:00')).toBe(Date.UTC(2026, 10, 14, 5))
    expect(ends('none')).toBeNull()
  })
  it('is none where it is unreadable, over, or more than a month ahead', () => {
    for (const own of ['', 'soon', '2026-11-14 02:30', '2026-12-16 02:30']) expect(ends('own', own)).toBeUndefined()
  })
})

describe('what is entered', () => {
  it('shelves with a reason and an end', () => {
    expect(read('shelve', { text: ' lens ', end: 'hours', healed: 'yes' })).toEqual({
      ok: true,
      value: { form: 'shelve', input: { ids: ['one', 'two'], until: now + 4 * 3_600_000, reason: 'lens', endsHealedForMs: 600_000 } },
    })
  })
  it('is refused at its field without a reason, a comment or a readable end', () => {
    expect(read('shelve', {})).toEqual({ ok: false, error: { text: 'alarms.form.textWrong' } })
    expect(read('comment', { text: '  ' })).toEqual({ ok: false, error: { text: 'alarms.form.textWrong' } })
    expect(read('acknowledge', { end: 'own', own: 'soon' })).toMatchObject({ ok: false, error: { own: 'alarms.form.ownWrong' } })
  })
  it('acknowledges with or without a comment and an end', () => {
    expect(read('acknowledge', {})).toEqual({ ok: true, value: { form: 'acknowledge', input: { ids: ['one', 'two'], until: null } } })
    expect(read('acknowledge', { text: 'called', end: 'hour' })).toMatchObject({ value: { input: { until: now + 3_600_000, comment: 'called' } } })
  })
})
