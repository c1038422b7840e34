import { describe, expect, it } from 'vitest'
import type { StoreFigures } from '../../shared/history.ts'
import { forecastOf, keepEntryOf, limitsOf, readKeepForm, rightLimits } from './keepForm.ts'

describe('limits in the fields', () => {
  it('come back as they were shown', () =>
    expect(readKeepForm({ minutes: keepEntryOf({ days: 7, bytes: 5e9 }) })).toEqual({ ok: true, value: { minutes: { days: 7, bytes: 5e9 } } }))
  it('are read with commas as decimals, and kinds that nobody touched stay out', () =>
    expect(readKeepForm({ events: { days: '1,5', gigabytes: '0,5' } })).toEqual({ ok: true, value: { events: { days: 1.5, bytes: 5e8 } } }))
  it('name every field that is wrong', () =>
    expect(readKeepForm({ samples: { days: '', gigabytes: '0' }, twoHours: { days: '40000', gigabytes: '1' } })).toEqual({
      ok: false,
      error: [
        { kept: 'samples', field: 'days' },
        { kept: 'samples', field: 'gigabytes' },
        { kept: 'twoHours', field: 'days' },
      ],
    }))
  it('that are right count while others are wrong', () =>
    expect(rightLimits({ samples: { days: 'x', gigabytes: '1' }, minutes: { days: '2', gigabytes: '1' } })).toEqual({ minutes: { days: 2, bytes: 1e9 } }))
})

describe('the forecast', () => {
  const figures: Pick<StoreFigures, 'bytes' | 'kept' | 'freeBytes'> = {
    bytes: 6e9,
    freeBytes: 10e9,
    kept: [
      { kept: 'samples', limit: { days: 30, bytes: 20e9 }, bytes: 5e9, from: 0, bytesPerDay: 0.4e9 },
      { kept: 'events', limit: { days: 365, bytes: 2e9 }, bytes: 1e9, from: 0, bytesPerDay: 0.01e9 },
    ],
  }
  it('says what the days take, and how many days fit where the bytes are reached first', () => {
    const forecast = forecastOf(figures, limitsOf(figures))
    expect(forecast.kinds).toEqual([
      { kept: 'samples', takesBytes: 12e9, holdsDays: null },
      { kept: 'events', takesBytes: 3.65e9, holdsDays: 200 },
    ])
    // Events stop at their 2 GB.
    expect(forecast).toMatchObject({ takesBytes: 14e9, limitBytes: 22e9, roomBytes: 16e9 })
  })
  it('follows the limits that are being typed', () =>
    expect(forecastOf(figures, { samples: { days: 10, bytes: 20e9 } }).kinds[0]).toEqual({ kept: 'samples', takesBytes: 4e9, holdsDays: null }))
  it('says nothing of what nobody can tell', () => {
    const [samples, ...rest] = figures.kept
    const unknown = { ...figures, freeBytes: null, kept: [...(samples ? [{ ...samples, bytesPerDay: null }] : []), ...rest] }
    const forecast = forecastOf(unknown, {})
    expect(forecast.kinds[0]).toEqual({ kept: 'samples', takesBytes: null, holdsDays: null })
    expect(forecast).toMatchObject({ takesBytes: null, roomBytes: null, limitBytes: 22e9 })
  })
})
