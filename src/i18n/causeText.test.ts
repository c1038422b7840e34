import { describe, expect, it } from 'vitest'
import { type Cause, type CauseFacts, causeSchema, surenessSchema } from '../shared/causes.ts'
import { hostSubject } from '../shared/subjectNames.ts'
import { causesText, causeText } from './incidentText.ts'
import { languages } from './languages.ts'
import { expectSentence } from './words.fixture.ts'

/** One of each kind: the compiler asks for it. */
const facts: { readonly [K in CauseFacts['kind']]: CauseFacts & { kind: K } } = {
  publisherClosed: { kind: 'publisherClosed', bps: 4_200_000 },
  network: { kind: 'network', lost: 312, repaired: 1_204, rttMs: 180, latencyMs: 400, windowMs: 66_000 },
  sourceRefuses: { kind: 'sourceRefuses', said: 'connection refused', forMs: 40_000 },
  unrecordable: { kind: 'unrecordable', format: 'fmp4', codecs: ['MPEG-TS', 'KLV'] },
  processEnded: { kind: 'processEnded', pid: 4711, next: 4780 },
  pathRemoved: { kind: 'pathRemoved', entry: 'all_others', readAt: Date.UTC(2026, 10, 30, 10, 54, 24) },
  hostBusy: { kind: 'hostBusy', cpu: 93 },
  udpErrors: { kind: 'udpErrors', perSecond: 12.34 },
  diskBusy: { kind: 'diskBusy', iowait: 34 },
  diskFull: { kind: 'diskFull', mount: '/var', used: 97 },
  framesDiscarded: { kind: 'framesDiscarded', frames: 312, windowMs: 66_000 },
  onlyReaders: { kind: 'onlyReaders', readers: 1, of: 12 },
  readElsewhere: { kind: 'readElsewhere', at: ['Hamburg', 'Oslo'] },
  downElsewhere: { kind: 'downElsewhere', at: ['Hamburg'] },
  canaryNotPublished: { kind: 'canaryNotPublished', server: 'Hamburg', by: 'RTSP' },
  canaryReadBy: { kind: 'canaryReadBy', server: 'Hamburg', by: ['SRT', 'HLS'] },
  canaryReadByNone: { kind: 'canaryReadByNone', server: 'Hamburg', by: ['SRT', 'HLS'] },
  hostNotWatched: { kind: 'hostNotWatched' },
  hostNotRead: { kind: 'hostNotRead', forMs: 40_000 },
  noFigures: { kind: 'noFigures' },
}
const unknowns: ReadonlySet<CauseFacts['kind']> = new Set(['hostNotWatched', 'noFigures'])
const said = (one: CauseFacts, sure: Cause['sure'] = 'seen'): Cause => ({ facts: one, sure, of: hostSubject('host-local'), metric: null })

describe.each(languages)('why an alarm was raised, in %s', (language) => {
  it.each(Object.values(facts))('says %o with its figure', (one) => {
    expectSentence(one.kind, (tag) => causeText(said(one), tag), language, one)
    if (!unknowns.has(one.kind)) expect(causeText(said(one), language)).toMatch('at' in one || 'server' in one ? /Hamburg/ : /\d/)
  })
  it('says less of a network of which less is known', () => {
    const lost: CauseFacts = { ...facts.network, repaired: 0, rttMs: null }
    expect(causeText(said(lost), language)).toContain('312')
    expect(causeText(said(lost), language)).not.toMatch(/180|400|204/)
  })
  it('says of a host that fell silent with it just that', () => {
    expectSentence('hostNotRead_too', (tag) => causeText(said({ kind: 'hostNotRead', forMs: 900 }), tag), language)
    expect(causeText(said({ kind: 'hostNotRead', forMs: 900 }), language)).not.toMatch(/\d/)
  })
  it('says how sure each clause is', () => {
    const texts = surenessSchema.options.map((sure) => causeText(said(facts.hostBusy, sure), language))
    expect(new Set(texts).size).toBe(3)
  })
  it('is one sentence of all clauses, and nothing where none is known', () => {
    const text = causesText([said(facts.network, 'likely'), said(facts.diskFull)], language)
    expect(text).toMatch(/312.*[;；].*97.*[.。]$/)
    expect(causesText([], language)).toBe('')
    expect(causesText(undefined, language)).toBe('')
  })
})

it('each is one that is sent', () => {
  for (const one of Object.values(facts)) expect(causeSchema.parse(said(one))).toEqual(said(one))
})
