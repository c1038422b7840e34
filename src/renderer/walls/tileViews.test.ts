import { createInstance } from 'i18next'
import { expect, test } from 'vitest'
import en from '../../locales/en.json'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import type { Alarm } from '../../shared/alarms.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import type { StreamFacts } from '../../shared/streams.ts'
import { probeSubject, streamSubject } from '../../shared/subjectNames.ts'
import { speakEnglish } from '../app/english.fixture.ts'
import { testRow } from '../streams/streamRows.fixture.ts'
import { alarmsByStream, streamTile } from './tileViews.ts'

speakEnglish()

const instance = createInstance()
await instance.init({ lng: 'en', resources: { en: { translation: en } }, interpolation: { escapeValue: false } })
const words = { rules: [], t: instance.t, language: 'en' } as const
const stream = { serverId: 's1', path: 'cam1' }
const berlin = someServer('s1', { name: 'Berlin', state: 'up' })
const probeId = 'probe-00000001'
const probed = new Map([[probeId, stream]])

const tileOf = (facts: Partial<StreamFacts>, alarm?: Alarm, server = berlin) =>
  streamTile(stream, { row: testRow(1, facts, { bitrateInBps: 2e6 }, { severity: alarm?.severity ?? null }), server, alarm, ...words })
const titleOf = (facts: Partial<StreamFacts>, server = berlin) => tileOf(facts, undefined, server).sign?.title ?? null

test('a live stream shows its picture and bit rate, and nothing that lasts', () => {
  expect(tileOf({ state: 'live' })).toMatchObject({
    name: 'cam1',
    rest: 'Berlin',
    mark: 'ok',
    word: 'live',
    text: '',
    since: null,
    bitrate: 2e6,
    sign: null,
    onAir: true,
  })
})

test('what is not live says each in words of its own', () => {
  const titles = (['gone', 'stalled', 'slate', 'waiting', 'ended', 'unknown'] as const).map((state) => titleOf({ state, expected: false }))
  expect(titles).toEqual(['gone', 'stalled', 'slate', 'waiting', 'ended', 'unknown'])
  expect(titleOf({ state: 'unknown' }, someServer('s1', { state: 'down' }))).toBe('not answering')
  expect(titleOf({ state: 'unknown' }, someServer('s1', { state: 'halted' }))).toBe('access refused')
  expect(titleOf({ state: 'unknown' }, someServer('s1', { state: 'paused' }))).toBe('paused')
  expect(titleOf({ state: 'unknown' }, someServer('s1', { state: 'connecting' }))).toBe('connecting')
})

test('a stream that is not there is unknown, and never green', () => {
  const there = { row: undefined, alarm: undefined, ...words }
  expect(streamTile(stream, { ...there, server: berlin })).toMatchObject({ mark: 'unknown', sign: { title: 'NO SUCH STREAM' }, bitrate: null, onAir: false })
  expect(streamTile(stream, { ...there, server: undefined })).toMatchObject({ mark: 'unknown', sign: { title: 'NO SUCH STREAM' } })
})

test('a trouble has the age, the word and the reason of its alarm; one that is put away says by whom it waits', () => {
  const alarm = someAlarm({ subject: streamSubject('s1', 'cam1'), since: 5_000 })
  expect(tileOf({ state: 'stalled' }, alarm)).toMatchObject({
    mark: 'critical',
    word: 'gone',
    text: 'Connected, but no data arrives.',
    since: 5_000,
    bitrate: null,
  })
  const away = { ...alarm, state: 'outOfService' } as const
  expect(tileOf({ state: 'gone' }, away)).toMatchObject({ mark: 'maintenance', word: 'out of service' })
})

test('what another alarm tells is not explained again on each of its streams', () => {
  const alarm = someAlarm({ subject: streamSubject('s1', 'cam1'), state: 'suppressed' })
  expect(tileOf({ state: 'unknown' }, alarm)).toMatchObject({ word: 'unknown', text: '' })
})

test('of several alarms of a stream the worst counts, unless somebody put it away; what has healed does not', () => {
  const of = (id: string, change: Partial<Alarm>) => someAlarm({ id, subject: streamSubject('s1', 'cam1'), ...change })
  const idOf = (...alarms: readonly Alarm[]) => alarmsByStream(alarms, new Map()).get('s1/cam1')?.id
  expect(idOf(of('a', {}), of('b', { severity: 'minor' }))).toBe('a')
  expect(idOf(of('a', { state: 'shelved' }), of('b', { severity: 'minor' }))).toBe('b')
  expect(idOf(of('a', { healedAt: 7 }))).toBeUndefined()
})

test('what a probe finds stands on the stream that it reads, with its mark, over the picture', () => {
  const black = someAlarm({ kind: 'limitCrossed', rule: 'pictureBlack', subject: probeSubject(probeId), severity: 'major' })
  expect(alarmsByStream([black], probed).get('s1/cam1')).toBe(black)
  expect(alarmsByStream([black], new Map()).size).toBe(0)
  const tile = streamTile(stream, { row: testRow(1, { state: 'live' }), server: berlin, alarm: black, ...words })
  expect(tile).toMatchObject({ mark: 'major', word: 'Picture is black', sign: { title: 'Picture is black' }, onAir: true })
})

test('the mark is never milder than the alarm whose word not together with it, nor than the stream itself', () => {
  const black = someAlarm({ kind: 'limitCrossed', rule: 'pictureBlack', subject: probeSubject(probeId), severity: 'critical' })
  const markOf = (severity: 'warning' | 'critical', alarm: Alarm) =>
    streamTile(stream, { row: testRow(1, { state: 'live' }, {}, { severity }), server: berlin, alarm, ...words }).mark
  expect(markOf('warning', black)).toBe('critical')
  expect(markOf('critical', { ...black, severity: 'minor' })).toBe('critical')
  expect(markOf('warning', { ...black, state: 'shelved' })).toBe('warning')
})
