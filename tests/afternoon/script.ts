import type { DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import type { DemoServerOptions } from '../../src/demo/demoOptions.ts'
import type { ServerState } from '../../src/shared/servers.ts'
import { streamStates } from '../../src/shared/streams.ts'
import type { StreamState } from '../../src/shared/watchedStates.ts'

/** What the afternoon does to the fleet or to the console. */
export interface Stage {
  readonly fleet: DemoFleet
  /** The console's machine sleeps for so long, seconds. */
  readonly sleep: (seconds: number) => Promise<void>
  /** The operator presses Try now. */
  readonly tryNow: (server: string) => Promise<void>
  /** The process of a server on the machine that it shares with another one ends, or a new one is started. */
  readonly process: { readonly ends: (server: string) => void; readonly starts: (server: string) => void }
}

interface Act {
  /** Seconds since the start of the afternoon. */
  readonly at: number
  readonly what: string
  readonly run: (stage: Stage) => void | Promise<void>
}

/** What every view must say between two moments, seconds; the time that finding out may take is left out of the span. */
interface Fact {
  readonly from: number
  readonly to: number
  readonly server: string
  /** Left out: the server itself. '*': each of its streams. */
  readonly path?: string
  readonly is: readonly (StreamState | ServerState)[]
  /** Whether it is in trouble; left out where both are right. */
  readonly inTrouble?: boolean
}

/** Which process of a server its host must show between two moments: the first that ran, the second …; null: none. */
interface ProcessFact {
  readonly from: number
  readonly to: number
  readonly server: string
  readonly runs: number | null
}

/** What a list of events must make of much that happened at once, or again and again: so many rows at most. */
interface Flood {
  readonly from: number
  readonly to: number
  readonly server: string
  readonly path?: string
  /** Left out: all. */
  readonly kinds?: readonly string[]
  readonly mostRows: number
}

const cam = (name: string, more: object = {}) => ({ name, source: 'rtspSession' as const, ...more })
const crowd = Array.from({ length: 24 }, (_, i) => cam(`seat/${String(i).padStart(2, '0')}`))
const passing = Array.from({ length: 12 }, (_, i) => cam(`exam/${String(i).padStart(2, '0')}`, { mode: 'dynamic' }))

export const servers: readonly DemoServerOptions[] = [
  { name: 'Berlin', paths: [cam('hall', { readers: ['rtspSession', 'webRTCSession'] }), cam('stage'), cam('door', { readers: ['hlsSession'] })] },
  { name: 'Hamburg', auth: { kind: 'basic', user: 'noc', password: 'secret' }, paths: [cam('north'), cam('south')] },
  { name: 'Bremen', paths: [cam('harbour', { readers: ['rtspSession'] }), cam('tower')] },
  { name: 'Wien', version: '1.9', paths: [cam('one'), cam('two'), cam('three'), cam('four')] },
  { name: 'Basel', paths: [cam('one', { readers: ['srtConn'] }), cam('two'), cam('three'), cam('four')] },
  { name: 'Graz', paths: [cam('fading', { readers: ['rtspSession'] }), cam('steady')] },
  { name: 'Bern', paths: [cam('lecture', { readers: ['webRTCSession'] }), ...passing] },
  { name: 'Linz', paths: crowd },
]
/** They run on one machine, which is asked over SSH. */
export const together: readonly string[] = ['Basel', 'Graz']

/** The afternoon: a hang, refused credentials, a refused connection, restarts, a renamed path, a slow death, floods, a console that sleeps. */
export const acts: readonly Act[] = [
  { at: 20, what: 'Berlin hangs', run: ({ fleet }) => fleet.server('Berlin').trouble({ kind: 'noAnswer', forMs: 25_000 }) },
  { at: 30, what: 'Hamburg gets another password', run: ({ fleet }) => fleet.server('Hamburg').trouble({ kind: 'wrongPassword' }) },
  { at: 50, what: 'Hamburg has its old password again', run: ({ fleet }) => fleet.server('Hamburg').trouble({ kind: 'clear' }) },
  { at: 51, what: 'the operator tries Hamburg', run: ({ tryNow }) => tryNow('Hamburg') },
  { at: 60, what: 'Bremen refuses connections', run: ({ fleet }) => fleet.server('Bremen').trouble({ kind: 'die', forMs: 20_000 }) },
  { at: 62, what: 'Wien is restarted within a second', run: ({ fleet }) => fleet.server('Wien').trouble({ kind: 'die', forMs: 500 }) },
  {
    at: 70,
    what: 'Linz is away for eight seconds, and all its publishers come back together',
    run: ({ fleet }) => fleet.server('Linz').trouble({ kind: 'die', forMs: 8_000 }),
  },
  {
    at: 90,
    what: 'Basel is restarted within a second',
    run: ({ fleet, process }) => {
      fleet.server('Basel').trouble({ kind: 'die', forMs: 500 })
      process.ends('Basel')
      process.starts('Basel')
    },
  },
  { at: 92, what: 'a publisher on Graz sends no more', run: ({ fleet }) => fleet.server('Graz').trouble({ kind: 'stall', path: 'fading' }) },
  {
    at: 100,
    what: 'tower on Bremen is renamed to spire',
    run: ({ fleet }) => fleet.server('Bremen').trouble({ kind: 'configure', remove: ['tower'], add: [cam('spire')] }),
  },
  {
    at: 114,
    what: 'Graz itself ends',
    run: ({ fleet, process }) => {
      fleet.server('Graz').trouble({ kind: 'die', forMs: 20_000 })
      process.ends('Graz')
    },
  },
  {
    at: 120,
    what: 'twelve exams on Bern end within a second',
    run: ({ fleet }) => {
      for (const { name } of passing) fleet.server('Bern').trouble({ kind: 'publisherGone', path: name })
    },
  },
  { at: 130, what: 'a stream on Bern flaps', run: ({ fleet }) => fleet.server('Bern').trouble({ kind: 'flap', path: 'lecture', everyMs: 5_000, times: 4 }) },
  { at: 134, what: 'Graz is started again', run: ({ process }) => process.starts('Graz') },
  { at: 160, what: 'the console sleeps', run: ({ sleep }) => sleep(120) },
]
/** So many looks, a second apart but for the sleep. */
export const checksWanted = 185

const all = servers.map(({ name }) => name)
const others = (...without: readonly string[]) => all.filter((name) => !without.includes(name))
const calm = (from: number, to: number, names: readonly string[]): readonly Fact[] =>
  names.flatMap((server) => [
    { from, to, server, is: ['up' as const], inTrouble: false },
    { from, to, server, path: '*', is: ['live' as const], inTrouble: false },
  ])
const away = (from: number, to: number, server: string, state: ServerState): readonly Fact[] => [
  { from, to, server, is: [state], inTrouble: true },
  { from, to, server, path: '*', is: ['unknown'], inTrouble: false },
]

export const facts: readonly Fact[] = [
  ...calm(8, 20, all),
  ...calm(20, 30, others('Berlin')),
  // Three missed polls are enough, whether or not a request has failed yet; two failed requests are an outage.
  { from: 27, to: 45, server: 'Berlin', path: '*', is: ['unknown'], inTrouble: false },
  ...away(36, 45, 'Berlin', 'down'),
  ...away(34, 50, 'Hamburg', 'halted'),
  ...calm(30, 60, others('Berlin', 'Hamburg')),
  ...calm(57, 60, all),
  ...away(68, 80, 'Bremen', 'down'),
  // It is tried again every 5 s.
  { from: 88, to: 160, server: 'Bremen', is: ['up'], inTrouble: false },
  // A restart that takes a second makes no trouble of its publishers.
  { from: 60, to: 160, server: 'Wien', path: '*', is: ['live', 'unknown'], inTrouble: false },
  { from: 60, to: 160, server: 'Basel', path: '*', is: ['live', 'unknown'], inTrouble: false },
  { from: 99, to: 101, server: 'Graz', path: 'fading', is: ['stalled'], inTrouble: true },
  { from: 109, to: 114, server: 'Graz', path: 'fading', is: ['gone'], inTrouble: true },
  { from: 94, to: 114, server: 'Graz', path: 'steady', is: ['live'], inTrouble: false },
  ...away(122, 134, 'Graz', 'down'),
  // Nobody expects a path that was on air once: its end is an event, not a trouble.
  ...passing.map(({ name }): Fact => ({ from: 127, to: 160, server: 'Bern', path: name, is: ['ended'], inTrouble: false })),
  ...calm(60, 160, ['Berlin', 'Hamburg']),
  // Whatever is said of a path on the way to its new name, it is no trouble.
  { from: 100, to: 160, server: 'Bremen', path: 'tower', is: streamStates, inTrouble: false },
  { from: 106, to: 305, server: 'Bremen', path: 'tower', is: ['ended'], inTrouble: false },
  { from: 106, to: 160, server: 'Bremen', path: 'spire', is: ['live'], inTrouble: false },
  { from: 88, to: 160, server: 'Bremen', path: 'harbour', is: ['live'], inTrouble: false },
  // Its return makes no trouble of its publishers either.
  { from: 90, to: 160, server: 'Linz', is: ['up'], inTrouble: false },
  { from: 70, to: 160, server: 'Linz', path: '*', is: ['live', 'unknown'], inTrouble: false },
  ...calm(288, 305, others('Bern', 'Bremen')),
  { from: 288, to: 305, server: 'Bremen', is: ['up'], inTrouble: false },
  { from: 288, to: 305, server: 'Bremen', path: 'spire', is: ['live'], inTrouble: false },
  { from: 288, to: 305, server: 'Bern', path: 'lecture', is: ['live'], inTrouble: false },
]

/** A few seconds are for the next look at the machine. */
export const processFacts: readonly ProcessFact[] = [
  { from: 8, to: 90, server: 'Basel', runs: 1 },
  { from: 95, to: 160, server: 'Basel', runs: 2 },
  { from: 288, to: 305, server: 'Basel', runs: 2 },
  { from: 8, to: 114, server: 'Graz', runs: 1 },
  { from: 119, to: 134, server: 'Graz', runs: null },
  { from: 139, to: 160, server: 'Graz', runs: 2 },
  { from: 288, to: 305, server: 'Graz', runs: 2 },
]
/** Events about processes of the whole afternoon. */
export const processEvents: Readonly<Record<string, readonly string[]>> = {
  Basel: ['mediaServerRestarted'],
  Graz: ['mediaServerEnded', 'mediaServerRestarted'],
}

export const floods: readonly Flood[] = [
  // It ended, came back and was restarted: none of that is repeated for each of its publishers.
  { from: 70, to: 100, server: 'Linz', mostRows: 4 },
  { from: 120, to: 130, server: 'Bern', kinds: ['streamEnded'], mostRows: 1 },
  { from: 130, to: 160, server: 'Bern', path: 'lecture', kinds: ['streamOn', 'streamOff', 'streamEnded', 'publisherChanged'], mostRows: 1 },
]

/** What pages show at chosen moments, as an operator reads it; at each of them all pages are compared with REST, too. */
export const pageText: readonly { readonly at: number; readonly page: string; readonly says: RegExp }[] = [
  { at: 12, page: 'Overview', says: /^all is well$/ },
  { at: 18, page: 'Berlin', says: /^3 of 3 expected streams live/ },
  { at: 22, page: 'Overview', says: /^all is well$/ },
  { at: 28, page: 'Berlin', says: /^3 expected streams, state unknown$/ },
  { at: 40, page: 'Berlin', says: /^not answering \d+ s$/ },
  { at: 44, page: 'Hamburg', says: /^access refused \d+ s$/ },
  { at: 47, page: 'Overview', says: /^access refused/ },
  // It answers again, and the incident is not over for 10 s.
  { at: 55, page: 'Overview', says: /^OK for \d+ s; clears in \d+ s if it holds$/ },
  { at: 64, page: 'Wien', says: /of 4 expected streams live|4 expected streams, state unknown/ },
  { at: 74, page: 'Bremen', says: /^not answering \d+ s$/ },
  { at: 79, page: 'Bremen', says: /^2 expected streams, state unknown$/ },
  { at: 92, page: 'Linz', says: /^24 of 24 expected streams live/ },
  { at: 100, page: 'Graz', says: /^fading$/ },
  { at: 110, page: 'Overview', says: /^fading$/ },
  { at: 113, page: 'Graz', says: /^1 of 2 expected streams live/ },
  { at: 118, page: 'Bremen', says: /^2 of 2 expected streams live · 1 ended/ },
  { at: 126, page: 'Overview', says: /^not answering/ },
  { at: 130, page: 'Graz', says: /^2 expected streams, state unknown$/ },
  { at: 142, page: 'Bern', says: /12 ended/ },
  { at: 156, page: 'Basel', says: /^4 of 4 expected streams live/ },
  // Two media servers have been restarted, as they and their machines say: worth a look for five minutes. What flapped is said to for a quarter of an hour,
  // and the exams that ended together on Bern are not back.
  { at: 296, page: 'Overview', says: /^3 incidents$/ },
  { at: 298, page: 'Overview', says: /^Flapping: lost and back 4 times within 15 min\./ },
  { at: 302, page: 'Streams', says: /^ended$/ },
]
