import { describe, expect, test } from 'vitest'
import { dailySettingsSchema } from '../../shared/dailyChecks.ts'
import { dailyEntries, readDaily } from './dailyForm.ts'

describe('other checks for some streams', () => {
  const usual = dailySettingsSchema.parse({})
  const entered = dailyEntries(usual)
  test('are lines, which are read as they are written', () => {
    const exceptions = [
      { checks: ['black', 'silent'], tags: ['yard', 'night'], servers: [], streams: ['wall/*'] },
      { checks: [], tags: [], servers: ['Hamburg 2'], streams: [] },
    ]
    const settings = dailySettingsSchema.parse({ exceptions })
    expect(dailyEntries(settings).exceptions).toBe('black, silent tags: yard, night; streams: wall/*\nnone servers: Hamburg 2')
    expect(readDaily(dailyEntries(settings))).toEqual({ ok: true, value: settings })
  })
  test('may stand with empty lines between them, or not at all', () => {
    expect(readDaily({ ...entered, exceptions: '\n  frozen black   streams: a, b\n\n' })).toMatchObject({
      ok: true,
      value: { exceptions: [{ checks: ['frozen', 'black'], streams: ['a', 'b'], tags: [], servers: [] }] },
    })
    expect(readDaily(entered)).toEqual({ ok: true, value: usual })
  })
  test.each([
    'black',
    'streams: wall/*',
    'black wall/*',
    'black tags:',
    'loudness tags: yard',
    'black tags: a; tags: b',
    'black colours: red',
    Array.from({ length: 51 }, (_, n) => `black streams: cam-${n}`).join('\n'),
  ])('of another form are refused: %s', (exceptions) => {
    expect(readDaily({ ...entered, exceptions })).toEqual({ ok: false, error: { exceptions: 'daily.form.exceptionsWrong' } })
  })
})
