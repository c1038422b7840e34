import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileFaultText } from '../../../i18n/consoleTroubleText.ts'
import {
  type ArchivedEventRow,
  type ArchivedPicture,
  type ArchiveMeta,
  type ArchiveWriter,
  blockOf,
  createArchive,
  eventCrc,
  hourOf,
} from '../archive/archiveFile.ts'
import { type Buckets, encodeBuckets } from '../codec/buckets.ts'
import { encodeChunk } from '../codec/columnChunk.ts'
import { encodeRounds, encodeSampleRow, type SealRounds } from '../codec/roundList.ts'
import { createRowStates, encodeRow } from '../codec/rowCodec.ts'
import { createByteSink, sinkBytes } from '../codec/varint.ts'
import { checkArchive } from './checkArchive.ts'

let dir: string
let file: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-check-'))
  file = join(dir, 'some.mtxdeck')
})
afterEach(() => rmSync(dir, { recursive: true }))

const day = Date.UTC(2026, 10, 14)
const meta: ArchiveMeta = { kind: 'bundle', period: '', from: day, to: day + 3_600_000, madeBy: 'mtxdeck test', madeAt: day, more: { note: 'x' } }
const layoutText = '[["path.bitrateIn",1],["path.readers",1]]'
const times = Float64Array.of(day + 1000, day + 3000, day + 5000)
const rounds: SealRounds = { from: day + 1000, to: day + 5000, usualMs: 2000, partLayout: 1, ownLayout: 1, times, gaps: [] }
function chunkOf(columns: number, count = times.length): Uint8Array {
  const states = createRowStates(8)
  const sink = createByteSink()
  for (let round = 0; round < count; round++)
    encodeRow(
      sink,
      states,
      0,
      0,
      new Float64Array(columns).fill(5 + round),
      0,
      Int32Array.from({ length: columns }, (_, c) => c),
      new Float64Array(columns).fill(1),
    )
  return encodeChunk(sinkBytes(sink), count)
}
function bucketsFrom(first: number, stepMs: number, more: Partial<Record<'min' | 'max' | 'first' | 'last' | 'sum', number>> = {}): Buckets {
  const one = (value: number): Float64Array => Float64Array.of(value)
  const { min = 1, max = 3, sum = 6 } = more
  return {
    stepMs,
    first,
    length: 1,
    usualMs: 2000,
    columns: new Map([[0, { count: Int32Array.of(3), min: one(min), max: one(max), sum: one(sum), first: one(more.first ?? 2), last: one(more.last ?? 2) }]]),
    spans: [[first * stepMs, first * stepMs + 3000]],
  }
}
/** A file that is right, but for what `put` adds or leaves out. */
async function findings(
  put: (into: ArchiveWriter, cam: number) => void,
  of: Partial<ArchiveMeta> = {},
  more: { readonly rounds?: SealRounds } = {},
): Promise<readonly string[]> {
  const into = createArchive(file, { ...meta, ...of })
  into.layout(layoutText)
  into.putRounds('a', hourOf(day), encodeRounds([more.rounds ?? rounds]))
  const cam = into.subject('a', 'cam')
  put(into, cam)
  into.finish()
  const check = await checkArchive(file)
  rmSync(file)
  return check.findings.map((fault) => fileFaultText(fault, 'en'))
}

test('a file that is right has no findings, and its counts are those of what is in it', async () => {
  const right = await findings((into, cam) => {
    into.putSamples(cam, hourOf(day), encodeSampleRow([{ seal: 0, chunk: chunkOf(2) }]))
    for (const [tier, stepMs] of [
      ['minutes', 60_000],
      ['quarterHours', 900_000],
      ['twoHours', 7_200_000],
    ] as const)
      into.putBuckets(cam, blockOf(tier, day), [{ layout: 1, bytes: encodeBuckets(bucketsFrom(day / stepMs, stepMs)) }])
    into.putFact(cam, day, '{"state":"live","tracks":[1,null,{"a":true}]}')
    into.putEvent({ id: 1, at: day, kind: 'ours', subject: null, ownerName: null, text: 'x', facts: {} })
    into.putPicture(pictureOf(cam))
    into.putPicture({ ...pictureOf(cam), at: day + 1_000, isSlate: true, lasts: false })
  })
  expect(right).toEqual([])
})

const pictureOf = (subject: number): ArchivedPicture => ({
  subject,
  at: day,
  widthPx: 320,
  heightPx: 180,
  isSlate: false,
  lasts: true,
  jpeg: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2, 3),
})

const cases: readonly (readonly [
  name: string,
  words: string,
  put: (into: ArchiveWriter, cam: number) => void,
  of?: Partial<ArchiveMeta>,
  more?: { readonly rounds?: SealRounds },
])[] = [
  [
    'a chunk of more rounds than its seal',
    '2 rounds where there are 3',
    (into, cam) => into.putSamples(cam, hourOf(day), encodeSampleRow([{ seal: 0, chunk: chunkOf(2, 2) }])),
  ],
  [
    'a chunk with a column that the layout has not',
    'there is no column 2',
    (into, cam) => into.putSamples(cam, hourOf(day), encodeSampleRow([{ seal: 0, chunk: chunkOf(3) }])),
  ],
  [
    'a chunk of a seal that is not there',
    'there is no seal 1',
    (into, cam) => into.putSamples(cam, hourOf(day), encodeSampleRow([{ seal: 1, chunk: chunkOf(2) }])),
  ],
  [
    'chunks out of order',
    'it is out of order',
    (into, cam) => into.putSamples(cam, hourOf(day), encodeSampleRow([0, 0].map((seal) => ({ seal, chunk: chunkOf(2) })))),
  ],
  [
    'samples of an hour without rounds',
    'its rounds are missing',
    (into, cam) => into.putSamples(cam, hourOf(day) + 1, encodeSampleRow([{ seal: 0, chunk: chunkOf(2) }])),
  ],
  [
    'samples that are no chunk',
    'samples',
    (into, cam) => into.putSamples(cam, hourOf(day), encodeSampleRow([{ seal: 0, chunk: new Uint8Array(50).fill(255) }])),
  ],
  ['samples of nobody', 'there is no subject 77', (into) => into.putSamples(77, hourOf(day), encodeSampleRow([{ seal: 0, chunk: chunkOf(2) }]))],
  [
    'buckets outside of their block',
    'it lies outside its hour or block',
    (into, cam) => into.putBuckets(cam, blockOf('minutes', day) + 1, [{ layout: 1, bytes: encodeBuckets(bucketsFrom(day / 60_000, 60_000)) }]),
  ],
  [
    'buckets of a step that is none',
    'a step of 30000 ms',
    (into, cam) => into.putBuckets(cam, blockOf('minutes', day), [{ layout: 1, bytes: encodeBuckets(bucketsFrom(day / 30_000, 30_000)) }]),
  ],
  [
    'buckets of a layout that is not there',
    'there is no layout 9',
    (into, cam) => into.putBuckets(cam, blockOf('minutes', day), [{ layout: 9, bytes: encodeBuckets(bucketsFrom(day / 60_000, 60_000)) }]),
  ],
  [
    'a bucket whose last value is more than its most',
    'it contradicts itself',
    (into, cam) => into.putBuckets(cam, blockOf('minutes', day), [{ layout: 1, bytes: encodeBuckets(bucketsFrom(day / 60_000, 60_000, { last: 9 })) }]),
  ],
  ['bytes that are no buckets', 'buckets', (into, cam) => into.putBuckets(cam, blockOf('minutes', day), [{ layout: 1, bytes: new Uint8Array(30).fill(255) }])],
  [
    'buckets of more than a block, from a few bytes',
    'buckets',
    (into, cam) => {
      const columns = new Map([...bucketsFrom(0, 1).columns].map(([c, of]) => [c, { ...of, count: new Int32Array(400) }]))
      into.putBuckets(cam, blockOf('minutes', day), [{ layout: 1, bytes: encodeBuckets({ ...bucketsFrom(day / 60_000, 60_000), length: 400, columns }) }])
    },
  ],
  [
    'buckets of one layout twice',
    'layout 1 is there twice',
    (into, cam) => {
      const part = { layout: 1, bytes: encodeBuckets(bucketsFrom(day / 60_000, 60_000)) }
      into.putBuckets(cam, blockOf('minutes', day), [part, part])
    },
  ],
  [
    'more rounds than an hour has, from a few bytes',
    'rounds',
    () => {},
    {},
    { rounds: { ...rounds, to: day + 41_000, times: Float64Array.from({ length: 40_000 }, (_, i) => day + 1000 + i) } },
  ],
  ['facts that are no object', 'text 1', (into, cam) => into.putFact(cam, day, '[1]')],
  ['facts that are no JSON', 'text 1', (into, cam) => into.putFact(cam, day, '{"a":')],
  ['facts of nobody', 'there is no subject 78', (into) => into.putFact(78, day, '{}')],
  [
    'an event with facts of another kind',
    'event 1',
    (into) => into.putEvent({ id: 1, at: day, kind: 'x', subject: null, ownerName: null, text: 'x', facts: ['a'] as never }),
  ],
  ['an event beyond the calendar', 'event 1', (into) => into.putEvent({ id: 1, at: 1e300, kind: 'x', subject: null, ownerName: null, text: 'x', facts: {} })],
  ['a picture that is none', 'it is no JPEG', (into, cam) => into.putPicture({ ...pictureOf(cam), jpeg: Buffer.from('<svg onload=alert(1)>') })],
  ['a picture without a size', 'it has no size', (into, cam) => into.putPicture({ ...pictureOf(cam), widthPx: 0 })],
  ['a picture of 30,000 pixels', 'it has no size', (into, cam) => into.putPicture({ ...pictureOf(cam), heightPx: 30_000 })],
  ['a picture of nobody', 'there is no subject 78', (into) => into.putPicture(pictureOf(78))],
  ['a picture in a file of minutes', 'only a bundle has pictures', (into, cam) => into.putPicture(pictureOf(cam)), { kind: 'minutes', period: '2026-11-14' }],
  ['a time beyond the calendar', 'about: ', () => {}, { from: 1e300, to: 1e300 }],
  ['a layout that is none', 'layout 2', (into) => void into.layout('[["path.bitrateIn",-1]]')],
  ['a server without a name', 'subject 3', (into) => void into.subject('', 'x')],
  ['a file that ends before it begins', 'it ends before it begins', () => {}, { to: day - 1 }],
  ['a day that is none', 'its period does not exist', () => {}, { kind: 'minutes', period: '2026-02-31' }],
  ['a file that begins outside of its day', 'it begins outside its period', () => {}, { kind: 'minutes', period: '2026-11-13' }],
  ['rounds of another hour', 'it lies outside its hour or block', () => {}, {}, { rounds: { ...rounds, times: rounds.times.map((at) => at - 14_400_000) } }],
  ['rounds whose layout is not there', 'there is no layout 5', () => {}, {}, { rounds: { ...rounds, partLayout: 5 } }],
]
for (const [name, words, put, of, more] of cases)
  test(`${name} is found`, async () => {
    expect(await findings(put, of, more)).toEqual([expect.stringContaining(words)])
  })

test.each(['{"a":', 'null', `{"a":${'['.repeat(3_500)}${']'.repeat(3_500)}}`])(
  'an event with facts that cannot be read is found, though its CRC is right: %.12s',
  async (facts) => {
    const into = createArchive(file, meta)
    into.putEvent({ id: 1, at: day, kind: 'x', subject: null, ownerName: null, text: 'x', facts: {} })
    into.finish()
    const db = new BetterSqlite3(file)
    const row = { ...(db.prepare('SELECT * FROM events WHERE id = 1').get() as ArchivedEventRow), facts }
    db.prepare('UPDATE events SET facts = ?, crc = ? WHERE id = 1').run(row.facts, eventCrc(row))
    db.close()
    expect(await checkArchive(file)).toMatchObject({ findings: [{ kind: 'damaged', detail: expect.stringContaining('event 1') }], isRead: true })
  },
)

test('rows of a file of minutes that are of another tier are found', async () => {
  const put = (into: ArchiveWriter, cam: number): void =>
    into.putBuckets(cam, blockOf('quarterHours', day), [{ layout: 1, bytes: encodeBuckets(bucketsFrom(day / 900_000, 900_000)) }])
  expect(await findings(put, { kind: 'minutes', period: '2026-11-14' })).toEqual([expect.stringContaining('a step of 900000 ms')])
})

test('what is no file of ours is told in words, and not more than fifty of them', async () => {
  expect((await checkArchive(file)).findings).toEqual([{ kind: 'notThere' }])
  writeFileSync(file, 'no database at all, but long enough to look into. '.repeat(1000))
  expect((await checkArchive(file)).findings).toEqual([{ kind: 'damaged', detail: 'file is not a database' }])
  rmSync(file)
  const into = createArchive(file, meta)
  for (let n = 1; n < 200; n++) into.putFact(n, day, '{}')
  into.finish()
  expect((await checkArchive(file)).findings).toHaveLength(50)
})
