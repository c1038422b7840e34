import { describe, expect, it } from 'vitest'
import { recorded, recordedMoments, recordedVersions } from '../../../tests/fakes/replayServer.ts'
import { neverAborted, sessionsOfItems, testFaults, testSlice } from './answers.fixture.ts'
import { createSessionListReader } from './parseSessions.ts'
import type { SessionListName } from './readings.ts'

/** What reading the whole JSON gives: the one truth that reading entry by entry must agree with. */
const truth = (name: SessionListName, text: string) => sessionsOfItems(name, (JSON.parse(text) as { items: unknown[] }).items)
function createReader(name: SessionListName) {
  const read = createSessionListReader(name, testFaults())
  return async (text: string, page = 0) => (await read(page, Buffer.from(text), testSlice(), neverAborted))?.items ?? null
}
const list = (items: readonly object[]) => JSON.stringify({ itemCount: items.length, pageCount: 1, items })
const session = (id: string, change: object = {}) => ({ id, state: 'publish', path: 'cam', conns: ['a', 'b'], inboundBytes: 5, ...change })

const names: Readonly<Partial<Record<SessionListName, string>>> = {
  rtspSessions: 'rtspsessions',
  rtspsSessions: 'rtspssessions',
  rtmpConns: 'rtmpconns',
  rtmpsConns: 'rtmpsconns',
  srtConns: 'srtconns',
  webrtcSessions: 'webrtcsessions',
  hlsSessions: 'hlssessions',
  hlsMuxers: 'hlsmuxers',
}

describe('reading entry by entry agrees with the whole JSON', () => {
  it.each(recordedVersions)('on all moments of %s one after the other', async (version) => {
    let read = 0
    for (const [name, file] of Object.entries(names) as [SessionListName, string][]) {
      const reader = createReader(name)
      for (const moment of [...recordedMoments, ...recordedMoments.toReversed()]) {
        const { body } = recorded(version, moment, file)
        if (typeof body !== 'object' || body === null || !('items' in body)) continue
        const text = JSON.stringify(body)
        const readings = await reader(text)
        expect(readings, `${name} ${moment}`).toEqual(truth(name, text))
        read += readings?.length ?? 0
      }
    }
    expect(read).toBeGreaterThan(20)
  })
  it('on which sessions of HLS are a CDN, which publishers have hung up, and texts that look like the end of an entry', async () => {
    const text = list([
      session('a', { isCDN: true }),
      session('b', { conns: [], userAgent: '},{"id":' }),
      session('c', { user: ']}' }),
      session('ä', { conns: [{ id: 'x' }] }),
    ])
    for (const name of ['hlsSessions', 'rtspSessions'] as const) expect(await createReader(name)(text)).toEqual(truth(name, text))
    expect(truth('hlsSessions', text).map(({ isCdn }) => isCdn)).toEqual([true, false, false, false])
    expect(truth('rtspSessions', text).map(({ hasHungUp }) => hasHungUp)).toEqual([false, true, false, false])
  })
})

it('the readings of a page are overwritten by its next answer, and those of another page are not', async () => {
  const reader = createReader('rtspSessions')
  const [first] = (await reader(list([session('a'), session('b')]))) ?? []
  await reader(list([session('c')]), 1)
  expect(first?.id).toBe('a')
  const next = list([session('b', { state: 'read', outboundBytes: 9 })])
  const readings = await reader(next)
  expect(readings?.[0]).toBe(first)
  expect(readings).toEqual(truth('rtspSessions', next))
})

it.each([
  ['white space', '{"itemCount": 0, "pageCount": 1, "items": []}'],
  ['something behind it', '{"itemCount":0,"pageCount":1,"items":[]}{}'],
  ['no list', '{"itemCount":0,"pageCount":1,"items":null}'],
  ['a comma too many', `${list([session('a')]).slice(0, -2)},]}`],
  ['entries that have a list of others', list([session('a', { more: [{ id: 'x' }, { id: 'y' }] })])],
  ['nothing', ''],
  ['a text of a megabyte in the first entry', list([session('a', { userAgent: 'x'.repeat(1_000_000) }), session('b')])],
  ['a text of a megabyte in a later entry', list([session('a'), session('b', { userAgent: 'x'.repeat(1_000_000) })])],
])('%s is left to the whole JSON', async (_name, text) => {
  expect(await createReader('rtspSessions')(text)).toBeNull()
})

it('an answer cut anywhere is left to it, and the next one is read rightly', async () => {
  const whole = list([session('a'), session('b', { inboundBytes: 100 }), session('c')])
  const reader = createReader('rtspSessions')
  for (let cut = 0; cut < whole.length; cut += 3) {
    expect(await reader(whole.slice(0, cut)), String(cut)).toBeNull()
    expect(await reader(whole)).toEqual(truth('rtspSessions', whole))
  }
})
