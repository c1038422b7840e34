import { describe, expect, it } from 'vitest'
import { serverErrorSamples } from '../shared/errors.fixture.ts'
import { type HostFailure, hostErrorKindSchema } from '../shared/errors.ts'
import {
  aboutServer,
  aboutStream,
  type Damage,
  type DeckEvent,
  type EventKind,
  eventKinds,
  type FactsOf,
  manyStreamsKinds,
  type NewEvent,
  newEvent,
} from '../shared/events.ts'
import { latestTime } from '../shared/latestTime.ts'
import { pathOf } from '../shared/subjectNames.ts'
import { hostErrorWhat } from './errorText.ts'
import { eventLabel, eventText } from './eventText.ts'
import { languages } from './languages.ts'
import { expectSentence } from './words.fixture.ts'

const at = Date.parse('2026-11-14T03:12:40Z')
const pathEdit = { by: 'Mia', reason: '4711', path: 'cam1' }
const lasted = { minMs: 6_000, maxMs: 8_000 }
const sender = { sourceType: 'rtspSession', remoteAddr: '10.4.1.7' }
const key = { target: 'berlin:22', keyType: 'ssh-ed25519', fingerprint: 'SHA256:abc', knownFingerprint: 'SHA256:def' }
const failure: HostFailure = { kind: 'timeout', user: 'root', said: { kind: 'quoted', text: 'EHOSTDOWN' }, ...key }

/** One of each kind at least: the compiler asks for it. */
const samples: { readonly [K in EventKind]: readonly [FactsOf<K>, ...FactsOf<K>[]] } = {
  serverUp: [{}, lasted],
  serverDown: [
    { error: { kind: 'unreachable', reason: 'refused' }, streams: 21, outageSince: at - 3_000 },
    { error: { kind: 'forbidden' }, streams: 0, outageSince: null },
    { error: { kind: 'unauthorized', credentialsGiven: true }, streams: null, outageSince: at },
  ],
  serverSilent: [lasted, { minMs: 0, maxMs: 900 }],
  serverRestarted: [{ startedAt: at - 12_345 }, { startedAt: at }, { publishers: 1_200 }],
  certificateChanged: [
    { before: 'AA:BB', after: 'CC:DD', validTo: 1_800_000_000_000 },
    { before: 'AA:BB', after: 'CC:DD', validTo: null },
  ],
  serverConfigurationChanged: [
    { setting: 'readTimeout', before: '10s', after: '30s', settings: 1, seenBefore: at - 60_000 },
    { setting: 'paths.cam1', before: null, after: 'publisher', settings: 2, seenBefore: at - 60_000 },
    { setting: 'paths.cam1', before: 'publisher', after: null, settings: 12, seenBefore: at - 60_000 },
    { setting: 'paths.all_others', before: 'publisher', after: null, settings: 4, seenBefore: at, removed: ['all_others', 'dead'], added: ['cam3'] },
  ],
  serverUpgraded: [{ before: 'v1.9.3', after: 'v1.20.1' }],
  streamOn: [
    { ...sender, ...lasted, tracks: [{ codec: 'H264', width: 1920, height: 1080 }], outageSince: at },
    { sourceType: null, remoteAddr: null, tracks: [] },
    { count: 200, names: ['cam1', 'cam2'], paths: ['cam1'] },
  ],
  streamOff: [
    { ...sender, ...lasted },
    { ...sender, unseen: 'silence' },
    { sourceType: 'rtspSource', remoteAddr: null, unseen: 'restart' },
    { ...sender, unseen: 'allAtOnce' },
    { sourceType: 'rtspSource', remoteAddr: null, ...lasted, readersLost: 3 },
    { count: 6, names: [] },
    { ...sender, ...lasted, withoutData: { minMs: 91_000, maxMs: 93_000 } },
    { ...sender, ...lasted, kicked: { by: 'Mia', reason: 'wrong camera' } },
    { ...sender, ...lasted, kicked: { by: 'streamStalled', reason: { kind: 'remedy', rule: 'streamStalled' } }, withoutData: { minMs: 91_000, maxMs: 93_000 } },
  ],
  streamEnded: [
    { ...sender, minMs: 62_000, maxMs: 3_700_000, onDemand: true },
    { ...sender, sourceType: null, remoteAddr: null },
    { ...sender, ...lasted, readersLost: 2 },
    { ...sender, ...lasted, readersLost: 1, people: 0 },
    { ...sender, ...lasted, readersLost: 3, people: 1, withoutData: { minMs: 91_000, maxMs: 93_000 } },
  ],
  streamStalled: [
    { ...sender, ...lasted, outageSince: at - 6_000 },
    { sourceType: 'rtspSource', remoteAddr: null, ...lasted },
    { ...sender, ...lasted, hungUp: true },
  ],
  streamRecovered: [{ ...sender, ...lasted }, sender],
  slateOn: [
    { ...sender, ...lasted, left: true },
    { ...sender, ...lasted, kicked: { by: 'Mia', reason: 'wrong camera' }, left: true },
    { ...sender, left: false },
  ],
  publisherChanged: [
    { before: '10.4.1.7', beforeType: 'rtspSession', after: '10.4.1.8', sourceType: 'srtConn' },
    { before: '10.4.1.7', beforeType: 'rtspSession', after: '10.4.1.7', sourceType: 'rtspSession' },
    { before: '10.4.1.7', beforeType: null, after: null, sourceType: 'webRTCSession' },
    { before: null, beforeType: null, after: null, sourceType: null },
  ],
  codecChanged: [{ before: 'H264', after: 'H265' }],
  sizeChanged: [{ before: '1280×720', after: '1920×1080' }],
  onAirBeyondPlan: [{ plan: 'xyz' }, { count: 40, names: ['cam1', 'cam2'] }],
  forwardFailing: [
    { destinations: ['rtmp://10.9.0.4/***'], all: 1, lastError: 'dial tcp 10.9.0.4:1935: connect: connection refused' },
    { destinations: ['srt://10.9.0.4:8890', 'rtmp 6f1c0ab2'], all: 7, lastError: null },
    { count: 40, names: ['cam1', 'cam2'] },
  ],
  forwardRecovered: [
    { destinations: ['rtmp://10.9.0.4/***'], all: 1, removed: false },
    { destinations: ['rtmp://10.9.0.4/***'], all: 1, removed: true },
    { count: 40, names: [] },
  ],
  pathSettingsChanged: [
    { ...pathEdit, change: 'set', setting: 'record', before: 'false', after: 'true', settings: 1, outcome: 'applied' },
    { ...pathEdit, change: 'set', setting: 'source', before: 'publisher', after: 'rtsp://10.4.1.20', settings: 3, outcome: 'partly' },
    { ...pathEdit, change: 'add', setting: null, before: null, after: null, settings: 0, outcome: 'refused' },
    { ...pathEdit, change: 'remove', setting: null, before: null, after: null, settings: 0, outcome: 'unknown' },
  ],
  diagnosed: [
    { by: 'Mia', verdict: { kind: 'nobodyPublishes', path: 'cam1' } },
    { by: 'Mia', verdict: { kind: 'doorFails', endpoint: 'api', error: { kind: 'noApiHere' } } },
  ],
  publishingRelayed: [{ by: 'Mia' }],
  sessionsKicked: [
    { by: 'Mia', reason: 'wrong camera', sessions: 1, role: 'publisher', addresses: ['10.4.1.9'] },
    { by: 'Mia', reason: 'too many', sessions: 40, role: 'reader', addresses: ['10.4.1.9', '10.4.1.10'] },
    { by: 'Mia', reason: 'attack', sessions: 3, role: 'mixed', addresses: [] },
    { by: 'streamStalled', reason: { kind: 'remedy', rule: 'streamStalled' }, sessions: 1, role: 'publisher', addresses: ['10.4.1.9'] },
  ],
  recordingsDeleted: [
    { by: 'Mia', reason: 'on request', segments: 1, failed: 0, from: 1_790_000_000_000, to: 1_790_000_000_000 },
    { by: 'Mia', reason: 'disk', segments: 24, failed: 3, from: 1_790_000_000_000, to: 1_790_080_000_000 },
  ],
  remedyActed: [
    { rule: 'streamStalled', act: 'kickPublisher', outcome: 'done', why: null },
    { rule: 'streamStalled', act: 'restartSource', outcome: 'failed', why: { kind: 'notPulled' } },
    { rule: 'hostCpu', act: 'runCommand', outcome: 'failed', why: { kind: 'host', error: failure } },
  ],
  remedyArmed: [
    { rule: 'streamStalled', armed: true, by: 'Mia', reason: 'encoder hangs' },
    { rule: 'streamStalled', armed: false, by: 'Mia', reason: 'encoder replaced' },
  ],
  remedyStopped: [{ rule: 'streamStalled', acts: 3 }],
  recordingDownloaded: [{ by: 'Mia', from: 1_790_000_000_000, to: 1_790_000_090_000 }],
  probeDown: [{ error: { kind: 'unauthorized' }, outageSince: null }],
  probeUp: [lasted],
  hostUp: [{}, lasted],
  hostDown: [{ error: failure }],
  hostKeyChanged: [{ error: { ...failure, kind: 'hostKeyChanged' } }],
  hostKeyAccepted: [key],
  hostRestarted: [{ uptimeSeconds: 40 }],
  mediaServerEnded: [{ pid: 4711 }],
  mediaServerRestarted: [{ pid: 4712, before: 4711 }],
  consoleGap: [
    { cause: 'notRunning', from: at - 93_784_000, stopped: true },
    { cause: 'notRunning', from: at - 60_000, stopped: false, minMs: 50_000 },
    { cause: 'slept', sleptMs: 7_500_000 },
    { cause: 'noNetwork', begins: true },
    { cause: 'noNetwork', begins: false },
  ],
  ruleEdited: [
    { rule: 'hostCpu', by: 'Mia', what: 'added' },
    { rule: 'hostCpu', by: 'Mia', what: 'changed' },
    { rule: 'hostCpu', by: 'Mia', what: 'removed' },
  ],
  channelEdited: [
    { channel: 'ops', by: 'Mia', what: 'added' },
    { channel: 'ops', by: 'Mia', what: 'removed' },
    { channel: null, by: 'Mia', what: 'changed' },
  ],
  readinessEdited: [
    { part: 'heartbeat', by: 'Mia', what: 'added' },
    { part: 'drill', by: 'Mia', what: 'removed' },
  ],
  planEdited: [
    { use: 'maintenance', plan: 'xyz', by: 'Mia', what: 'added' },
    { use: 'onAir', plan: 'xyz', by: 'Mia', what: 'removed' },
  ],
  configurationRead: [
    {
      file: 'mtxdeck.yaml',
      added: ['Wien'],
      changed: ['Oslo', 'Rom'],
      removed: [],
      counts: { added: 1, changed: 4, removed: 0 },
    },
    {
      file: 'mtxdeck.yaml',
      added: [],
      changed: [],
      removed: [],
      counts: { added: 0, changed: 0, removed: 0 },
    },
  ],
  configurationRefused: [{ file: 'mtxdeck.yaml', problems: 3, first: { at: 'mtxdeck.yaml:12', key: '', validationError: { kind: 'empty' } } }],
  storeDamaged: [{ damage: 'partUnreadable', file: 'history.db' }],
  tooMuchSent: [{}],
}
const damages: { readonly [K in Damage['damage']]: Extract<Damage, { damage: K }> } = {
  setAside: { damage: 'setAside', store: 'main', file: 'main.db', setAside: 'main.db.damaged', backupAt: at },
  partUnreadable: { damage: 'partUnreadable', file: 'history.db' },
}

const wien = { id: 'a', name: 'Wien' }
const ofServer = aboutServer(wien)
const ofStream = aboutStream(wien, 'cam1')
const isOfMany = (facts: object) => 'count' in facts || 'streams' in facts || 'readers' in facts
const ofKind = <K extends EventKind>(kind: K): NewEvent[] =>
  samples[kind].map((facts) => newEvent(kind, at, facts, kind.startsWith('stream') && !isOfMany(facts) ? ofStream : ofServer))
/** Of readers and streams a path makes the difference between one and many. */
const everyKind = (): NewEvent[] => [
  ...eventKinds.flatMap(ofKind).map((event) => (isOfMany(event.facts) ? event : { ...event, ...ofStream })),
  ...manyStreamsKinds.map((kind) => newEvent(kind, at, { count: 2_000, names: ['cam1', 'cam2'] }, ofServer)),
  ...serverErrorSamples.map((error) => newEvent('serverDown', at, { error, streams: 1, outageSince: null }, ofServer)),
  ...hostErrorKindSchema.options.flatMap((kind) =>
    [failure, { ...failure, user: null, said: null, knownFingerprint: null }].map((error) => newEvent('hostDown', at, { error: { ...error, kind } }, ofServer)),
  ),
  ...[
    ...Object.values(damages),
    { ...damages.setAside, backupAt: null, setAside: null },
    ...(['history', 'alarms', 'sessions', 'snapshots', 'archive'] as const).map((store) => ({
      ...damages.setAside,
      store,
      file: `${store}.db`,
      backupAt: null,
    })),
  ].map((facts) => newEvent('storeDamaged', at, facts)),
]

describe.each(languages)('an event in %s', (language) => {
  it('of each kind has a sentence, whatever its facts', () => {
    for (const event of everyKind()) {
      expectSentence(event.kind, (tag) => eventText(event, tag), language, [event.facts, event.ownerName, pathOf(event.subject)])
      expect(eventText(event, language), 'made, not listed').not.toMatch(new RegExp(`^${event.kind}`))
    }
    for (const kind of eventKinds) expect(eventLabel(kind, language), kind).not.toBe('')
  })
})

it('what is told of a stream does not call it by the name of its server', () => {
  const told = samples.publishingRelayed.map((facts) => newEvent('publishingRelayed', at, facts, ofStream))
  for (const event of told) for (const language of languages) expect(eventText(event, language)).not.toContain(wien.name)
})

it('numbers and durations are written as the language writes them', () => {
  const many = newEvent('streamEnded', at, { count: 2_000, names: ['cam1', 'cam2'] }, ofServer)
  expect(languages.map((language) => eventText(many, language))).toEqual([
    '2,000 streams of Wien: ended (cam1, cam2 and 1,998 more).',
    '2.000 Streams von Wien: beendet (cam1, cam2 und 1.998 weitere).',
    'Wien 的 2,000 个流：已结束（cam1、cam2，另有 1,998 个）。',
    'Wien, потоков: 2\u00a0000 — завершён (cam1, cam2 и ещё 1\u00a0998).',
    'Wien: 스트림 2,000개 종료됨 (cam1, cam2 외 1,998개).',
  ])
  const slept = newEvent('consoleGap', at, { cause: 'slept', sleptMs: 7_500_000 })
  expect(languages.map((language) => eventText(slept, language))).toEqual([
    'This console slept for 2 h 05 min: nothing is known of that time.',
    'Diese Konsole war 2 h 05 min im Ruhezustand: Aus dieser Zeit ist nichts bekannt.',
    '本控制台休眠了 2 小时 05 分：这段时间的情况未知。',
    'Эта консоль спала 2 ч 05 мин: об этом времени ничего не известно.',
    '이 콘솔이 절전 상태였습니다(2시간 05분). 그동안의 상황은 알 수 없습니다.',
  ])
})

it('a count takes the form that the language needs', () => {
  const down = (streams: number) => newEvent('serverDown', at, { error: { kind: 'forbidden' }, streams, outageSince: null }, ofServer)
  expect([1, 3, 21, 25].map((streams) => eventText(down(streams), 'ru').split('. ').at(-1))).toEqual([
    '1 поток неизвестен, но не пропал.',
    '3 потока неизвестны, но не пропали.',
    '21 поток неизвестен, но не пропал.',
    '25 потоков неизвестны, но не пропали.',
  ])
})

const kept = (more: Partial<DeckEvent>): DeckEvent => ({ id: 1, at, kind: 'streamOff', ...ofStream, text: '', facts: {}, ...more })

it('an event of an older version is shown as it was told then, in every language', () => {
  for (const language of languages) expect(eventText(kept({ text: 'Publisher 10.4.1.7 left.' }), language)).toBe('Publisher 10.4.1.7 left.')
})

it('an event of the configuration file from before it had counts is told by its names', () => {
  const facts = { file: 'mtxdeck.yaml', added: ['Wien'], changed: ['Oslo', 'Rom'], removed: [], serversAdded: 1, serversChanged: 2, serversRemoved: 0 }
  expect(eventText(kept({ kind: 'configurationRead', facts }), 'en')).toBe('The configuration file was read again: added Wien; changed Oslo, Rom.')
})

it('an event of a newer version is shown by its kind and facts, and nothing of it is lost', () => {
  expect(eventText(kept({ kind: 'sirenOn', facts: { level: 3, zone: 'north', more: { loud: true } } }), 'ko')).toBe(
    'sirenOn (level: 3, zone: north, more: {"loud":true})',
  )
  expect(eventText(kept({ kind: 'sirenOn' }), 'de')).toBe('sirenOn')
  expect(eventText(kept({ kind: 'constructor' }), 'de')).toBe('constructor')
  const loud = `a\n\u001b[31m${'b'.repeat(200_000)}`
  for (const shown of [eventText(kept({ kind: loud }), 'en'), eventLabel(loud, 'en')]) expect(shown).toMatch(/^a b{157}…$/)
  expect(eventText(kept({ kind: 'serverDown', facts: { error: { kind: 'onFire' } } }), 'en'), 'a kind that is known, with facts that are not').toBe(
    'serverDown (error: {"kind":"onFire"})',
  )
})

it('a moment at the end of the calendar has its words, and one beyond it is no reason to fail', () => {
  const damaged = (backupAt: number) => kept({ kind: 'storeDamaged', facts: { damage: 'setAside', store: 'main', file: 'main.db', setAside: null, backupAt } })
  for (const language of languages) {
    expect(eventText(damaged(latestTime), language)).toContain('275760')
    expect(eventText(damaged(1e300), language)).toContain('storeDamaged (damage: setAside, store: main')
  }
})

it('a host that cannot be read is told with what is known of the cause', () => {
  expect(hostErrorWhat(failure, 'de')).toBe('berlin:22 antwortete nicht rechtzeitig (EHOSTDOWN).')
})
