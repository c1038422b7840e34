import { describe, expect, test } from 'vitest'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import type { Alarm } from '../../shared/alarms.ts'
import { serverSubject } from '../../shared/subjectNames.ts'
import { causeOfEnd, causesOf, type HostEvidence, type StreamEvidence, withSeen } from './causes.ts'

const quiet: StreamEvidence = {
  bps: 4_200_000,
  lost: 0,
  repaired: 0,
  rttMs: null,
  latencyMs: null,
  discarded: 0,
  windowMs: 66_000,
  notRecorded: { format: 'fmp4', codecs: [] },
  slowReaders: 0,
  readers: 0,
}
const calm = { cpu: 23, udpErrors: 0, iowait: 1 }
const idle: HostEvidence & { is: 'read' } = { is: 'read', id: 'local', ...calm, earlier: calm, disks: [{ mount: '/', usedPercent: 40 }] }
const gone = { ...someAlarm({ kind: 'streamGone', why: { kind: 'senderLeft', pulled: false } }), forMs: 6_000 }
const said = (alarm: Alarm & { readonly forMs: number }, stream: StreamEvidence | null, host: HostEvidence = idle) =>
  causesOf(alarm, stream, host).map(({ facts, sure }) => [facts.kind, sure])

test('a stream is not recorded because none of its tracks can be', () => {
  const why = { kind: 'limitCrossed', metric: 'path.notRecorded', per: null, side: 'above', value: 300_000, limit: 60_000 } as const
  const alarm = { ...someAlarm({ kind: 'limitCrossed', why }), forMs: 6_000 }
  const facts = (codecs: readonly string[]) => causesOf(alarm, { ...quiet, notRecorded: { format: 'fmp4', codecs } }, idle)[0]?.facts
  expect(facts(['MPEG-TS'])).toEqual({ kind: 'unrecordable', format: 'fmp4', codecs: ['MPEG-TS'] })
  expect(facts([])).toBeUndefined()
})

describe('why a stream is gone', () => {
  test('its publisher closed it, if it was fed and lost nothing until then, and the host was not busy', () => {
    expect(causesOf(gone, quiet, idle).map(({ facts }) => facts)).toEqual([{ kind: 'publisherClosed', bps: 4_200_000 }])
  })
  test('its network, if packets were lost or sent again', () => {
    expect(said(gone, { ...quiet, lost: 312 })).toEqual([['network', 'likely']])
    expect(said(gone, { ...quiet, repaired: 40, rttMs: 20, latencyMs: 200 })[0]).toEqual(['network', 'possible'])
    expect(said(gone, { ...quiet, repaired: 40, rttMs: 100, latencyMs: 200 })[0]).toEqual(['network', 'likely'])
  })
  test('its server is overloaded, by CPU, UDP, or disks', () => {
    expect(said(gone, quiet, { ...idle, cpu: 93 })).toEqual([['hostBusy', 'likely']])
    expect(said(gone, quiet, { ...idle, cpu: 80 })[0]).toEqual(['hostBusy', 'possible'])
    expect(said(gone, quiet, { ...idle, udpErrors: 3, iowait: 40, disks: [{ mount: '/rec', usedPercent: 98 }] }).slice(0, 3)).toEqual([
      ['udpErrors', 'likely'],
      ['diskBusy', 'possible'],
      ['diskFull', 'possible'],
    ])
  })
  test('not the load of its server, where it was as high while all was well', () => {
    const loaded = { cpu: 99, udpErrors: 3, iowait: 40 }
    const kinds = (earlier: { cpu: number | null; udpErrors: number | null; iowait: number | null }) => said(gone, quiet, { ...idle, ...loaded, earlier })
    expect(kinds({ cpu: 96, udpErrors: 2, iowait: 30 })).toEqual([['publisherClosed', 'likely']])
    expect(kinds({ cpu: 60, udpErrors: 1, iowait: 20 }).slice(0, 3)).toEqual([
      ['hostBusy', 'likely'],
      ['udpErrors', 'likely'],
      ['diskBusy', 'possible'],
    ])
    expect(kinds({ cpu: null, udpErrors: null, iowait: null }).slice(0, 3), 'nothing is known of before').toEqual([
      ['hostBusy', 'possible'],
      ['udpErrors', 'possible'],
      ['diskBusy', 'possible'],
    ])
  })
  test('a publisher that sent nothing any more did not close it', () => {
    const why = { kind: 'streamOff', sourceType: 'rtspSession', remoteAddr: null, withoutData: { minMs: 8_000, maxMs: 13_000 } } as const
    expect(said({ ...gone, why }, quiet).map(([kind]) => kind)).toEqual([])
  })
  test('nobody is blamed for a source that is pulled but that source, by what the server says of it', () => {
    const pulled = { ...gone, why: { kind: 'senderLeft', pulled: true } } as const
    expect(said(pulled, quiet).map(([kind]) => kind)).not.toContain('publisherClosed')
    expect(causesOf({ ...pulled, said: 'connection refused' }, quiet, idle)[0]?.facts).toEqual({
      kind: 'sourceRefuses',
      said: 'connection refused',
      forMs: 6_000,
    })
  })
})

test('a server that refuses connections is not down for the load of its host', () => {
  const down = (reason: 'refused' | 'connectTimeout') =>
    ({
      ...someAlarm({ kind: 'serverDown', subject: serverSubject('a'), why: { kind: 'serverError', error: { kind: 'unreachable', reason } } }),
      forMs: 6_000,
    }) as const
  expect(said(down('refused'), null, { ...idle, cpu: 100 })).toEqual([])
  expect(said(down('connectTimeout'), null, { ...idle, cpu: 100 })).toEqual([['hostBusy', 'likely']])
})

describe('what was seen is said first, and instead of the load of the host', () => {
  const busy: HostEvidence = { ...idle, cpu: 100 }
  test('of a media server whose process ended', () => {
    const ended: HostEvidence = { ...busy, ended: { hostId: 'local', at: 0, pid: 4711, next: null } }
    expect(said(gone, { ...quiet, lost: 312 }, ended).map(([kind]) => kind)).toEqual(['processEnded', 'network'])
    const before = causesOf(gone, { ...quiet, lost: 312 }, busy)
    expect(withSeen(before, [causeOfEnd({ hostId: 'local', at: 0, pid: 4711, next: null })]).map(({ facts }) => facts.kind)).toEqual([
      'processEnded',
      'network',
    ])
  })
  test('of a source that refuses', () => {
    expect(said({ ...gone, said: 'connection refused' }, quiet, busy).map(([kind]) => kind)).toEqual(['sourceRefuses'])
  })
  test('of a publisher that was disconnected on purpose', () => {
    const why = { kind: 'streamOff', sourceType: 'rtspSession', remoteAddr: '10.4.1.9', kicked: { by: 'Mia', reason: 'wrong camera' } } as const
    expect(said({ ...gone, why }, { ...quiet, lost: 312 }, busy).map(([kind]) => kind)).toEqual([])
  })
  test('not of what was lost on the way', () => {
    expect(said(gone, { ...quiet, lost: 312 }, busy).map(([kind]) => kind)).toEqual(['hostBusy', 'network'])
  })
})

describe('what is not known is said', () => {
  test('of a host that is not watched, or can’t be read', () => {
    expect(said({ ...gone, why: { kind: 'senderLeft', pulled: true } }, quiet, { is: 'notWatched' }).at(-1)).toEqual(['hostNotWatched', 'seen'])
    expect(causesOf(gone, quiet, { is: 'notRead', id: 'local', forMs: 40_000 }).at(-1)?.facts).toEqual({ kind: 'hostNotRead', forMs: 40_000 })
  })
  test('of a stream without figures, and nothing is claimed of it', () => {
    const unknown = { ...quiet, bps: null, lost: null, repaired: null, discarded: null }
    expect(said(gone, unknown)).toEqual([['noFigures', 'seen']])
  })
  test('in one clause, and not where something explains the alarm', () => {
    const unknown = { ...quiet, bps: null, lost: null, repaired: null, discarded: null }
    expect(said(gone, unknown, { is: 'notWatched' })).toEqual([['noFigures', 'seen']])
    expect(said(gone, quiet, { is: 'notWatched' }).map(([kind]) => kind)).toEqual(['publisherClosed'])
  })
  test('of a host whose CPU is not known nothing is claimed', () => {
    expect(said(gone, quiet, { ...idle, cpu: null }).map(([kind]) => kind)).toEqual(['publisherClosed'])
  })
})

test('only some readers are too slow, if most are not', () => {
  const slow = { ...someAlarm({ kind: 'limitCrossed', rule: 'readersSlow' }), forMs: 30_000 }
  const evidence = { ...quiet, discarded: 312, slowReaders: 1, readers: 12 }
  expect(said(slow, evidence).slice(0, 2)).toEqual([
    ['onlyReaders', 'seen'],
    ['framesDiscarded', 'possible'],
  ])
  expect(said(slow, { ...evidence, slowReaders: 6 }).map(([kind]) => kind)).not.toContain('onlyReaders')
})

test('the end of its media server’s process says more than all, and nobody blames a publisher for it', () => {
  const ended = { ...idle, ended: { hostId: 'local', at: 0, pid: 4711, next: null } }
  expect(causesOf(gone, quiet, ended).slice(0, 2)).toMatchObject([
    { facts: { kind: 'processEnded', pid: 4711, next: null }, sure: 'seen', of: { kind: 'host', hostId: 'local' }, metric: 'host.mediaMemory' },
  ])
  const down = { ...someAlarm({ kind: 'serverDown', subject: serverSubject('a') }), forMs: 0 }
  expect(said(down, null, ended)).toEqual([['processEnded', 'seen']])
})

test('of a server that is down, its host says more', () => {
  const down = { ...someAlarm({ kind: 'serverDown', subject: serverSubject('a') }), forMs: 0 }
  expect(said(down, null)).toEqual([])
  expect(said(down, null, { is: 'notWatched' })).toEqual([['hostNotWatched', 'seen']])
})

test('every clause but those of what is not known leads to its evidence', () => {
  const all = causesOf({ ...gone, said: 'no' }, { ...quiet, lost: 3, discarded: 4, slowReaders: 1, readers: 5 }, { ...idle, cpu: 99 })
  for (const { facts, of, metric } of all) expect([facts.kind, of !== null && metric !== null]).toEqual([facts.kind, true])
})

test('refused credentials are no matter of load', () => {
  const halted = { ...someAlarm({ kind: 'serverHalted', subject: serverSubject('a') }), forMs: 6_000 }
  expect(said(halted, null, { ...idle, cpu: 100 })).toEqual([])
})
