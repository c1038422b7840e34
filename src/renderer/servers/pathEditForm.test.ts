import { expect, test } from 'vitest'
import { type EditableSetting, readSettings, shownSettings, textOfSetting } from './pathEditForm.ts'

const setting = (name: string, kind: EditableSetting['kind'], value: unknown, more: Partial<EditableSetting> = {}): EditableSetting => ({
  ...{ name, kind, value, hidden: false, own: false },
  ...more,
})
const settings = [
  setting('source', 'text', 'rtsp://***@10.0.0.1/', { hidden: true, own: true }),
  setting('record', 'switch', false),
  setting('maxReaders', 'number', 0),
  setting('recordDeleteAfter', 'text', '1d'),
  setting('forward', 'json', []),
]

test('settings are entered as they are, and those with something hidden empty', () => {
  expect(settings.map(textOfSetting)).toEqual(['', 'false', '0', '1d', '[]'])
  expect(textOfSetting(setting('runOnInit', 'text', null))).toBe('')
})

test('only what was entered otherwise is sent, each in its own type', () => {
  expect(readSettings(settings, {})).toEqual({ ok: true, value: {} })
  const entered = { source: '', record: 'true', maxReaders: ' 7 ', recordDeleteAfter: '1d', forward: '[{"dest": "rtsp://10.0.0.2/a"}]' }
  expect(readSettings(settings, entered)).toEqual({ ok: true, value: { record: true, maxReaders: 7, forward: [{ dest: 'rtsp://10.0.0.2/a' }] } })
  expect(readSettings(settings, { source: 'rtsp://u:p@10.0.0.3/' })).toEqual({ ok: true, value: { source: 'rtsp://u:p@10.0.0.3/' } })
})

test('what does not fit is said at its setting', () => {
  const read = readSettings(settings, { maxReaders: 'many', forward: '[' })
  expect(read.ok ? null : Object.entries(read.error).map(([name, { kind }]) => [name, kind])).toEqual([
    ['maxReaders', 'notOfType'],
    ['forward', 'notSuchAs'],
  ])
  expect(readSettings(settings, { maxReaders: '' })).toMatchObject({ ok: false })
})

test('without a search those of the path itself are shown, and what was entered stays in view', () => {
  const names = (search: string, entered = {}) => shownSettings(settings, search, entered).map(({ name }) => name)
  expect(names('')).toEqual(['source'])
  expect(names('REC')).toEqual(['record', 'recordDeleteAfter'])
  expect(names('after rec')).toEqual(['recordDeleteAfter'])
  expect(names('forward', { maxReaders: '3' })).toEqual(['maxReaders', 'forward'])
})
