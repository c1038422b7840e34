import { join } from 'node:path'
import type { TestClock } from '../../clock/testClock.ts'
import type { DeckEvent } from '../../shared/events.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { ownerIdOf, partOf, serverSubject, streamSubject, subjectNamed } from '../../shared/subjectNames.ts'
import { type Series, type Subject, type SubjectOf, seriesNamed } from '../../shared/subjects.ts'
import type { Tier } from '../../shared/tiers.ts'
import type { History } from './history.ts'
import { fromStored } from './protocol/storedSubject.ts'

/*
 * How the data folder tests/fixtures/store-form-30 was filled, and the queries run on it: by the version that wrote it, and
 * by each later version. See tests/fixtures/README.md.
 */

export const folderBegin = Date.UTC(2026, 10, 13, 20, 58, 0)
export const folderEnd = Date.UTC(2026, 10, 14, 2, 34, 0)
const pollMs = 20_000

interface Owner {
  readonly id: string
  readonly parts: readonly string[]
  readonly own: readonly MetricId[]
  readonly ofParts: readonly MetricId[]
}
const pathMetrics: readonly MetricId[] = ['path.state', 'path.bitrateIn', 'path.readers', 'path.packetsLost', 'path.rtt', 'path.counterResets']
const serverMetrics: readonly MetricId[] = ['server.reachable', 'server.answerMs', 'server.streamsLive', 'server.clockSkew']
const owners: readonly Owner[] = [
  { id: 'berlin', parts: ['cam1', 'hall/a'], own: serverMetrics, ofParts: pathMetrics },
  { id: 'cairo', parts: ['cam1'], own: serverMetrics, ofParts: pathMetrics },
  {
    id: 'host-oslo',
    parts: ['disk:/', 'net:eth0', 'gpu:0'],
    own: ['host.reachable', 'host.cpu', 'host.memoryUsed', 'host.mediaGoroutines'],
    ofParts: ['device.used', 'device.received', 'device.temperature'],
  },
]

const sumOf = (text: string): number => [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1009, 7)
/** Each figure changes in its own way; some are constant, some are unknown now and then. */
function figureOf(owner: string, part: string, metric: MetricId, at: number): number {
  const n = Math.floor(at / pollMs)
  const own = sumOf(`${owner} ${part} ${metric}`)
  if (metric.endsWith('.reachable') || metric.endsWith('.state')) return 1
  if ((n + own) % 37 === 0 || (metric.endsWith('.rtt') && part === 'hall/a')) return Number.NaN
  if (metric.includes('bitrate') || metric.includes('received')) return own * 10_000 + ((n * 7919) % 997) * 100
  if (metric.includes('memory')) return (own + (n % 5)) * 65_536
  if (metric.includes('packetsLost')) return n % 50 === own % 50 ? own : 0
  if (metric.endsWith('.rtt') || metric.endsWith('.used')) return own / 100 + ((n * 31) % 100) / 100
  if (metric.endsWith('.cpu') || metric.endsWith('.answerMs')) return ((own + n * 13) % 900) / 10
  if (metric.endsWith('.temperature')) return 40 + (Math.floor(n / 10) % 20) / 2
  return (own + Math.floor(n / 20)) % 40
}

function describe(history: History, at: number, round: number): void {
  for (const { id, parts } of owners.slice(0, 2))
    history.describe(serverSubject(id), at, [
      { part: null, facts: { name: id.toUpperCase() } },
      ...parts.map((path) => ({ part: path, facts: { codec: 'H264', round: Math.floor(round / 300) } })),
    ])
}

/** Polls everything until `to`. */
export async function pollUntil(history: History, clock: TestClock, to: number): Promise<void> {
  for (let round = Math.floor((clock.now() - folderBegin) / pollMs); clock.now() < to; round++) {
    const at = clock.now()
    if (round % 300 === 0) describe(history, at, round)
    if (round % 250 === 249) {
      history.gap(serverSubject('berlin'), at)
      history.restore([{ at, kind: 'serverDown', subject: serverSubject('berlin'), ownerName: 'BERLIN', text: 'Berlin does not answer', facts: { round } }])
    } else
      for (const { id, parts, own, ofParts } of owners) {
        // The last part is sometimes absent.
        const there = round % 90 < 80 ? parts : parts.slice(0, -1)
        const put = (named: readonly string[] | null, metrics: readonly MetricId[]): void =>
          history.append({
            owner: subjectNamed(id, null) as SubjectOf<'server' | 'host'>,
            at,
            parts: named,
            metrics,
            values: Float64Array.from((named ?? ['']).flatMap((path) => metrics.map((metric) => figureOf(id, path, metric, at)))),
          })
        put(there, ofParts)
        put(null, own)
      }
    if (round % 40 === 5)
      history.restore([
        { at, kind: 'streamOn', subject: streamSubject('cairo', 'cam1'), ownerName: 'CAIRO', text: 'cam1 is on', facts: { round, codec: 'H264' } },
      ])
    await clock.advance(pollMs)
  }
}

const allSeries: readonly Series[] = owners.flatMap(({ id, parts, own, ofParts }) => [
  ...own.map((metric) => seriesNamed(id, null, metric)),
  ...parts.flatMap((path) => ofParts.map((metric) => seriesNamed(id, path, metric))),
])
const subjectName = (subject: Subject): string => `${ownerIdOf(subject)} ${partOf(subject) ?? ''}`
const nameOf = ({ subject, metric }: Series): string => `${subjectName(subject)} ${metric}`
const subjects = owners.flatMap(({ id, parts }) => ['', ...parts].map((path) => fromStored({ ownerId: id, path })))

const isOfHost = ({ kind }: Subject): boolean => kind === 'host' || kind === 'device'

/** All answers of a folder, as JSON. For a bundle, the series of hosts are left out, as it can't contain them. */
export async function askFolder(history: History, from: number, to: number, moments: readonly number[], ofHosts: boolean) {
  const wanted = allSeries.filter(({ subject }) => ofHosts || !isOfHost(subject))
  const ranges: Record<string, unknown> = {}
  for (const [tier, points] of [
    ['samples', 40],
    ['minutes', 30],
    ['quarterHours', 20],
    ['twoHours', 10],
  ] as const satisfies (readonly [Tier, number])[]) {
    // Data that is only in the journal changes in coarser tiers once it is sealed.
    const until = tier === 'samples' ? to : Math.min(to, folderEnd)
    const found = await history.range({ series: [...wanted], from, to: until, points, tier, totals: tier === 'minutes' })
    for (const [n, columns] of found.entries()) ranges[`${tier} ${nameOf(wanted[n] as Series)}`] = columns
  }
  const tail = await history.tail(wanted, to - 5 * 60_000)
  const tails = Object.fromEntries(tail.map((columns, n) => [nameOf(wanted[n] as Series), columns]))
  const at = []
  const whole = []
  for (const moment of moments) {
    at.push(await history.at(moment, ofHosts ? subjects : subjects.filter((subject) => !isOfHost(subject))))
    const all = await history.moment(moment)
    const rows = all.subjects.map((subject, row) => {
      const known = all.metrics.flatMap((metric, m) => {
        const value = all.values[row * all.metrics.length + m] as number
        return Number.isNaN(value) ? [] : [[metric, value] as const]
      })
      const measured = all.at[row] as number
      return [subjectName(subject), { at: Number.isNaN(measured) ? null : measured, values: Object.fromEntries(known.sort()), facts: all.facts[row] }] as const
    })
    whole.push(Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1))))
  }
  const events = (await history.events({ limit: 1000 })).map(asFirstAnswered)
  return JSON.parse(JSON.stringify({ ranges, tails, at, whole, events, servers: (await history.servers()).sort() })) as unknown
}

/** Moments in an archive, in data both archived and live, and in the journal. */
export const momentsAsked = [Date.UTC(2026, 10, 13, 22, 17, 31), Date.UTC(2026, 10, 14, 1, 1, 0), Date.UTC(2026, 10, 14, 2, 33, 50)]
/** The bundle's span, and moments within it. */
export const bundleSpan = { from: Date.UTC(2026, 10, 13, 22, 0, 0), to: Date.UTC(2026, 10, 14, 1, 0, 0) }
export const bundleMoments = [Date.UTC(2026, 10, 13, 22, 17, 31), Date.UTC(2026, 10, 14, 0, 31, 0)]

/** How `night.mtxdeck` was made.
 * @public
 */
export async function makeBundle(history: History, folder: string) {
  return history.bundle({
    ...bundleSpan,
    note: 'a night',
    file: join(folder, 'night.mtxdeck'),
    more: { from: String(bundleSpan.from), to: String(bundleSpan.to), servers: '[]', configurations: '{}' },
    probes: [],
    pictures: [],
    reports: 0,
    hide: null,
  })
}

/** An event in the form of the version whose answers are stored next to the folder: it had no subject. */
function asFirstAnswered({ id: _, subject, ownerName, ...event }: DeckEvent) {
  const { at, kind, text, facts } = event
  return { at, kind, path: subject && partOf(subject), text, serverId: subject && ownerIdOf(subject), serverName: ownerName, facts }
}
