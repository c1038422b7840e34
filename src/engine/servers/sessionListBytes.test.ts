import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recorded, recordedMoments, recordedVersions } from '../../../tests/fakes/replayServer.ts'
import { neverAborted, sessionsOfItems, testFaults, testSlice } from './answers.fixture.ts'
import { ShapeError } from './jsonInSlices.ts'
import type { SessionListName } from './readings.ts'
import { createSessionListBytes, type SessionListBytes } from './sessionListBytes.ts'

/** What reading the whole JSON gives: the one truth that the quick way must agree with. */
const truth = (name: SessionListName, text: string) => sessionsOfItems(name, (JSON.parse(text) as { items: unknown[] }).items)
function createQuick(name: SessionListName) {
  const bytes = createSessionListBytes(name, testFaults())
  return { read: async (text: string) => (await bytes.read(0, Buffer.from(text), testSlice(), neverAborted))?.items ?? null }
}
const list = (items: readonly object[]) => JSON.stringify({ itemCount: items.length, pageCount: 1, items })

const session = (id: string, change: object = {}) => ({
  id,
  created: '2026-11-20T07:39:06.013720213Z',
  remoteAddr: '10.0.28.21:33957',
  state: 'publish',
  path: 'cam',
  query: '',
  user: '',
  userAgent: 'Lavf59',
  conns: ['a', 'b'],
  tls: false,
  inboundBytes: 5,
  inboundRTPPackets: 7,
  inboundRTPPacketsJitter: 801.0973065512875,
  outboundBytes: 0,
  bytesReceived: 5,
  rtpPacketsReceived: 7,
  other: 1.5e-7,
  ...change,
})

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

describe('the quick way agrees with the whole JSON', () => {
  it.each(recordedVersions)('on all moments of %s one after the other', async (version) => {
    let read = 0
    for (const [name, file] of Object.entries(names) as [SessionListName, string][]) {
      const quick = createQuick(name)
      for (const moment of [...recordedMoments, ...recordedMoments.toReversed()]) {
        const { body } = recorded(version, moment, file)
        if (typeof body !== 'object' || body === null || !('items' in body)) continue
        const text = JSON.stringify(body)
        const readings = await quick.read(text)
        // Some lists have fields that come and go: these are read whole.
        if (readings === null) continue
        read += readings.length
        expect(readings, `${name} ${moment}`).toEqual(truth(name, text))
      }
    }
    expect(read, 'most are read by their bytes').toBeGreaterThan(20)
  })

  it('on which sessions of HLS are a CDN', async () => {
    const text = list([session('a', { isCDN: false }), session('b', { isCDN: true }), session('c', { isCDN: true })])
    const readings = await createQuick('hlsSessions').read(text)
    expect(readings?.map(({ isCdn }) => isCdn)).toEqual([false, true, true])
    expect(readings).toEqual(truth('hlsSessions', text))
  })

  it('on which publishers have hung up', async () => {
    const text = list([session('a'), session('b', { conns: [] }), session('c', { conns: ['x'] })])
    const readings = await createQuick('rtspSessions').read(text)
    expect(readings?.map(({ hasHungUp }) => hasHungUp)).toEqual([false, true, false])
    expect(readings).toEqual(truth('rtspSessions', text))
  })

  it('on whatever numbers and texts there are', async () => {
    const number = fc.oneof(fc.nat(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constantFrom(0, -0, 1e21, 2 ** 53, 0.1, 1e-7))
    const entry = fc.record({
      id: fc.string(),
      path: fc.constantFrom('cam', 'ü', 'Köln/1', 'a"b', '\u0001', '😀'),
      query: fc.constantFrom('', 'mtxdeck=1', 'x=1&mtxdeck=2'),
      user: fc.string({ unit: 'binary' }),
      state: fc.constantFrom('publish', 'read', 'idle'),
      conns: fc.constantFrom([], ['a'], ['}', ']']),
      inboundBytes: number,
      bytesReceived: number,
      inboundRTPPackets: number,
      inboundRTPPacketsJitter: number,
      tls: fc.constantFrom(true, false, null),
      outboundBytes: fc.oneof({ weight: 9, arbitrary: number }, { weight: 1, arbitrary: fc.constantFrom(null, '12', [1], {}) }),
    })
    let quickly = 0
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(entry, { maxLength: 4 }), { minLength: 1, maxLength: 4 }), async (sequence) => {
        const quick = createQuick('rtspSessions')
        for (const entries of sequence) {
          const text = list(entries.map(({ id, ...change }) => session(id, change)))
          const readings = await quick.read(text)
          if (readings === null) continue
          quickly++
          expect(readings).toEqual(truth('rtspSessions', text))
        }
      }),
      { numRuns: 500 },
    )
    expect(quickly).toBeGreaterThan(200)
  })

  it('on another version after an upgrade', async () => {
    const quick = createQuick('rtspSessions')
    const { outboundBytes, ...old } = session('a')
    for (const text of [list([old]), list([session('a'), session('b')]), list([]), list([old, old])])
      expect(await quick.read(text)).toEqual(truth('rtspSessions', text))
  })
})

describe('readings are used again, so that V8 need not collect them', () => {
  const read = (bytes: SessionListBytes, page: number, items: readonly object[]) => bytes.read(page, Buffer.from(list(items)), testSlice(), neverAborted)

  it('by the next answer of the same page, whichever sessions it has', async () => {
    const bytes = createSessionListBytes('rtspSessions', testFaults())
    const [first] = (await read(bytes, 0, [session('a'), session('b', { state: 'read' })]))?.items ?? []
    const next = [session('b', { state: 'read', outboundBytes: 9 })]
    const readings = (await read(bytes, 0, next))?.items
    expect(readings?.[0]).toBe(first)
    expect(readings).toEqual(truth('rtspSessions', list(next)))
  })
  it('and never by another page of the same answer', async () => {
    const bytes = createSessionListBytes('rtspSessions', testFaults())
    const first = (await read(bytes, 0, [session('a')]))?.items
    await read(bytes, 1, [session('b')])
    expect(first).toEqual(truth('rtspSessions', list([session('a')])))
  })
})

describe('what it leaves to the whole JSON', () => {
  it.each([
    ['white space', '{"itemCount": 0, "pageCount": 1, "items": []}'],
    ['something behind it', '{"itemCount":0,"pageCount":1,"items":[]}{}'],
    ['no list', '{"itemCount":0,"pageCount":1,"items":null}'],
    ['a comma too many', `${list([session('a')]).slice(0, -2)},]}`],
    ['entries that differ in their fields', list([session('a'), { ...session('b'), more: 1 }])],
    ['a number that is none', list([session('a'), session('b')]).replaceAll('"inboundBytes":5', '"inboundBytes":05')],
    ['a word that is none', list([session('a')]).replace('false', 'falsy')],
    ['an object where a figure is', list([session('a', { inboundBytes: {} })])],
    ['nothing', ''],
    // All of these are looked at without a pause: the parser of whole JSON pauses.
    ['a text of a megabyte in the first entry', list([session('a', { userAgent: 'x'.repeat(1_000_000) })])],
    ['a text of a megabyte in a later entry', list([session('a'), session('b', { userAgent: 'x'.repeat(1_000_000) })])],
    ['a list of texts of a megabyte', list([session('a'), session('b', { conns: Array.from({ length: 250_000 }, () => 'x') })])],
    ['a number of a thousand digits', list([session('a'), session('b')]).replaceAll('"inboundBytes":5', `"inboundBytes":${'5'.repeat(1_000)}`)],
    ['a fraction of a thousand digits', list([session('a'), session('b')]).replaceAll('"inboundBytes":5', `"inboundBytes":5.${'5'.repeat(1_000)}`)],
    ['a number of a thousand digits that nobody wants', list([session('a'), session('b')]).replaceAll('1.5e-7', `1.${'5'.repeat(1_000)}`)],
    ['a word of a megabyte', list([session('a'), session('b')]).replaceAll('false', 'f'.repeat(1_000_000))],
    ['an entry of many long texts', list([session('a', Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`more${i}`, 'x'.repeat(10_000)])))])],
  ])('%s', async (_name, text) => {
    expect(await createQuick('rtspSessions').read(text)).toBeNull()
  })
  it('an answer cut anywhere, and it goes on rightly afterwards', async () => {
    const whole = list([session('a'), session('b', { inboundBytes: 100 }), session('c')])
    const quick = createQuick('rtspSessions')
    for (let cut = 0; cut < whole.length; cut += 3) {
      expect(await quick.read(whole.slice(0, cut)), String(cut)).toBeNull()
      expect(await quick.read(whole)).toEqual(truth('rtspSessions', whole))
    }
  })
  it('an entry of another form is an error', async () => {
    await expect(createQuick('rtspSessions').read(list([{ path: 'cam' }]))).rejects.toThrow(ShapeError)
  })
})
