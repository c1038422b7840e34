import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recorded, recordedMoments, recordedVersions } from '../../../tests/fakes/replayServer.ts'
import { neverAborted, pathsOfItems, testFaults, testSlice } from './answers.fixture.ts'
import { namesOf, pathCounters, pathFields } from './apiFields.ts'
import { ShapeError } from './jsonInSlices.ts'
import { createPathParser } from './parsePaths.ts'
import { createPathListBytes } from './pathListBytes.ts'

/** What reading the whole JSON gives: the one truth that the quick way must agree with. */
const truth = (text: string) => pathsOfItems((JSON.parse(text) as { items: unknown[] }).items)
function createQuick() {
  const bytes = createPathListBytes(createPathParser(testFaults()))
  return { read: async (text: string) => (await bytes.read(Buffer.from(text), testSlice(), neverAborted))?.items ?? null }
}
const list = (items: readonly object[]) => JSON.stringify({ itemCount: items.length, pageCount: 1, items })

const path = (name: string, change: object = {}) => ({
  name,
  confName: 'all_others',
  ready: true,
  readyTime: '2026-11-20T07:39:06.013720213Z',
  available: true,
  availableTime: '2026-11-20T07:39:06.013720213Z',
  online: true,
  source: { type: 'rtspSession', id: '28a6ad5d' },
  tracks: ['H264'],
  tracks2: [{ codec: 'H264', codecProps: { width: 640, height: 360, profile: 'Main', level: '3' } }],
  readers: [] as object[],
  inboundBytes: 0,
  outboundBytes: 0,
  inboundFramesInError: 0,
  bytesReceived: 0,
  bytesSent: 0,
  ...change,
})

/** Every counter of the table, under each of its names. */
const counterFields = Object.entries(pathCounters).flatMap(([counter, field]) =>
  namesOf(pathFields, field).map((name) => [name, counter as keyof typeof pathCounters] as const),
)

describe('the quick way agrees with the whole JSON', () => {
  it.each(recordedVersions)('on all moments of %s one after the other', async (version) => {
    const quick = createQuick()
    for (const moment of [...recordedMoments, ...recordedMoments.toReversed()]) {
      const text = JSON.stringify(recorded(version, moment, 'paths').body)
      expect(await quick.read(text), moment).toEqual(truth(text))
    }
  })
  it('on any sequence of lists in which paths come, go and change', async () => {
    const counter = fc.oneof(fc.nat(20), fc.constantFrom(9, 10, 99, 100, 999_999_999, 4_294_967_296, Number.MAX_SAFE_INTEGER))
    const told = fc.oneof({ weight: 4, arbitrary: counter }, fc.constantFrom(undefined, null, -1, 1.5, 1e21, '12'))
    // Few values each, so that lists of a sequence have much in common.
    const entry = fc.record({
      ...Object.fromEntries(counterFields.map(([field]) => [field, told])),
      name: fc.constantFrom('a', 'b', 'b/c', 'cam', 'cam1', 'ü', 'z'),
      online: fc.boolean(),
      readers: fc.constantFrom([], [{ type: 'hlsMuxer', id: '' }], [{ type: 'srtConn', id: 'x"}],"inboundBytes":7' }]),
      source: fc.constantFrom(null, { type: 'srtConn', id: '1' }, { type: 'srtConn', id: '22' }),
      tracks2: fc.constantFrom(
        [],
        [{ codec: 'H264', codecProps: { width: 640, height: 360 } }],
        [{ codec: 'Opus', codecProps: { channelCount: 2, inboundBytes: 5 } }],
      ),
    })
    const lists = fc.array(fc.uniqueArray(entry, { selector: (item) => item.name, maxLength: 7 }), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(lists, async (sequence) => {
        const quick = createQuick()
        for (const items of sequence) {
          const text = list(items.toSorted((one, other) => (one.name < other.name ? -1 : 1)).map(({ name, ...change }) => path(name, change)))
          expect(await quick.read(text)).toEqual(truth(text))
        }
      }),
      { numRuns: 500 },
    )
  })
  it('on lists of the old form, with counters before the readers', async () => {
    const quick = createQuick()
    for (const bytes of [1, 10, 11, 5]) {
      const text = list([
        { name: 'a', confName: 'a', source: null, ready: true, readyTime: null, tracks: ['H264'], bytesReceived: bytes, bytesSent: bytes * 7, readers: [] },
      ])
      expect(await quick.read(text)).toEqual(truth(text))
    }
  })
})

describe('what it saves', () => {
  it('an entry of which only counters move is the same reading with new counters', async () => {
    const quick = createQuick()
    const [idle, busy, parsed] = (await quick.read(list([path('a'), path('b', { readers: [{ type: 'srtConn', id: 'r' }] }), path('c')]))) ?? []
    const busyNow = path('b', { readers: [{ type: 'srtConn', id: 'r' }], inboundBytes: 5_000, bytesReceived: 5_000 })
    const [idleThen, busyThen, parsedThen] = (await quick.read(list([path('a'), busyNow, path('c', { confName: 'another' })]))) ?? []
    expect(idleThen).toBe(idle)
    expect(busyThen).toBe(busy)
    expect(busyThen?.inboundBytes).toBe(5_000)
    expect(parsedThen).not.toBe(parsed)
    expect(parsedThen?.tracks).toBe(parsed?.tracks)
  })
})

describe('a counter of the table', () => {
  it.each(counterFields)('that moves as %s leaves the reading the same, with a new value', async (field, counter) => {
    const quick = createQuick()
    const bare = (value: number) => list([{ name: 'a', confName: 'a', source: null, ready: true, readers: [], [field]: value }])
    const [before] = (await quick.read(bare(9))) ?? []
    expect(before?.[counter]).toBe(9)
    const [after] = (await quick.read(bare(12_345))) ?? []
    expect(after).toBe(before)
    expect(after?.[counter]).toBe(12_345)
  })
})

describe('a name that stands more than once', () => {
  it('is taken once, and stays the same reading, wherever it stands', async () => {
    const quick = createQuick()
    const items = (bytes: number) => [path('b', { inboundBytes: bytes }), path('a'), path('b', { inboundBytes: 7 }), path('b', { inboundBytes: 9 }), path('c')]
    const first = await quick.read(list(items(100)))
    const second = await quick.read(list(items(200)))
    expect(second?.map(({ name, inboundBytes }) => [name, inboundBytes])).toEqual([
      ['b', 200],
      ['a', 0],
      ['c', 0],
    ])
    for (const [index, reading] of second?.entries() ?? []) expect(reading).toBe(first?.[index])
    expect(second).toEqual(truth(list(items(200))))
  })
})

describe('what it leaves to the whole JSON', () => {
  it.each([
    ['another order', '{"items":[],"itemCount":0,"pageCount":1}'],
    ['white space', '{"itemCount": 0, "pageCount": 1, "items": []}'],
    ['something behind it', '{"itemCount":0,"pageCount":1,"items":[]}{}'],
    ['no list', '{"itemCount":0,"pageCount":1,"items":null}'],
    ['broken JSON', '{"itemCount":1,"pageCount":1,"items":[{"name":"a",}]}'],
    ['a comma too many', '{"itemCount":1,"pageCount":1,"items":[{"name":"a","ready":true},]}'],
    ['nothing', ''],
    // These are looked at without a pause: the parser of whole JSON pauses.
    ['an entry of a megabyte', list([path('a', { readers: Array.from({ length: 15_000 }, (_, id) => ({ type: 'rtspSession', id: String(id) })) })])],
    ['a text of a megabyte', list([path('a', { confName: 'x'.repeat(1_000_000) })])],
  ])('%s', async (_name, text) => {
    expect(await createQuick().read(text)).toBeNull()
  })
  it('an answer cut anywhere, and it goes on rightly afterwards', async () => {
    const [first, second] = [
      list([path('a'), path('b', { inboundBytes: 99 }), path('c')]),
      list([path('a', { inboundBytes: 7 }), path('b', { inboundBytes: 100 }), path('c')]),
    ]
    for (let cut = 0; cut < second.length; cut += 7) {
      const quick = createQuick()
      await quick.read(first)
      expect(await quick.read(second.slice(0, cut)), String(cut)).toBeNull()
      expect(await quick.read(second)).toEqual(truth(second))
    }
  })
  it('an entry of another form is an error, and the next list is right again', async () => {
    const quick = createQuick()
    await quick.read(list([path('a'), path('b')]))
    await expect(quick.read(list([path('a', { inboundBytes: 12 }), { name: 'b' }]))).rejects.toThrow(ShapeError)
    const text = list([path('a', { inboundBytes: 13 }), path('b')])
    expect(await quick.read(text)).toEqual(truth(text))
  })
})
