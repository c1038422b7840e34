import { expect, test, vi } from 'vitest'
import { sentencesIn } from '#locales'
import { sendFailureText } from './reasonText.ts'
import { i18n, sayIn } from './say.ts'

test('a language whose file is missing is said in English, with a warning', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  expect(sentencesIn('xx')).toMatchObject({ counts: { stream_other: '{{count, number}} streams' } })
  expect(warn).toHaveBeenCalledTimes(1)
  warn.mockRestore()
})

test('what a channel answered with a full stop is not given a second one', () => {
  expect(sendFailureText({ kind: 'answer', said: '503 no such server.', isPassing: false }, 'en')).toBe('The channel refused the message: 503 no such server.')
})

test('a fact is not taken for the option of a format that is named like it', () => {
  i18n.addResource('en', 'translation', 'hit', 'of {{of}}: {{n, counted(of: stream)}}, {{n, value(unit: ms)}}')
  sayIn('en')('counts.stream', { count: 1 })
  expect(i18n.getFixedT('en')('hit' as never, { replace: { of: 'probe', unit: 'bps', n: 2 } } as never)).toBe('of probe: 2 streams, 2.00 ms')
})

test('an unknown figure is no zero', () => {
  i18n.addResource('en', 'translation', 'lost', '{{n, number}}')
  expect([null, Number.NaN, 0, 1411, 12.34].map((n) => i18n.getFixedT('en')('lost' as never, { n } as never))).toEqual(['–', '–', '0', '1,411', '12.3'])
})

test('a fact is shown as it is, whatever it holds', () => {
  for (const because of ['{{folder}}', '$t(refusals.noSuch)', '$1 $& $$', '<b>&amp;</b>'])
    expect(sayIn('en')('notices.troubles.notWritable', { because, file: '/data/main.db' })).toContain(`(${because}). Check the disk`)
})

test('figures are written as the language writes them', () => {
  const damaged = (['en', 'de'] as const).map((language) => sayIn(language)('calendars.damaged', { events: 1_234 }))
  expect(damaged).toEqual([expect.stringContaining('1,234'), expect.stringContaining('1.234')])
})
