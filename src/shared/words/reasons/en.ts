import { formatSpan } from '../../units.ts'
import type { Rest } from '../catalogue.ts'
import { figuresIn } from '../metricText.ts'
import { sayIn } from '../say.ts'
import type { ReasonWords } from './reasonWords.ts'

const say = sayIn('en')
const { labelOf, figure, changed } = figuresIn('en')

/** Reasons that are a state alone. */
const states = {
  stream: {
    live: 'It is on air.',
    slate: 'Its slate is on air.',
    waiting: 'It waits: nobody publishes it.',
    stalled: 'Connected, but no data arrives.',
    gone: 'It is gone.',
    unknown: 'Its state is unknown.',
    ended: 'It has ended.',
  },
  server: {
    down: 'The server does not answer.',
    halted: 'Polling is halted: the credentials are refused.',
    paused: 'Polling is paused.',
    unknown: 'Its state is unknown.',
  },
  host: {
    down: 'The host cannot be read.',
    waiting: 'The host refuses access.',
    paused: 'Reading it is paused.',
  },
}

function listed(paths: readonly string[], all: number): string {
  const named = paths.slice(0, 10)
  return `${named.join(', ')}${all > named.length ? ` and ${say.number(all - named.length)} more` : ''}`
}

export const en: Rest<ReasonWords> = {
  reasons: {
    senderLeft: ({ pulled }) => (pulled ? 'The source was lost.' : 'The publisher left.'),
    packetsLost: ({ count, estimated }) =>
      `${estimated ? 'About ' : ''}${say.count(count, { one: 'packet', other: 'packets' })} lost for good in the last minute${estimated ? ' (estimated)' : ''}.`,
    offUsual: ({ metric, value }) => `${labelOf(metric)} is ${figure(value, metric, null)}.`,
    changedFast: ({ metric, per, change, isRelative, withinMs, limit }) => {
      const amount = (by: number) => changed(Math.abs(by), metric, isRelative ? '%' : per)
      return `${labelOf(metric)} ${change < 0 ? 'fell' : 'rose'} by ${amount(change)} within ${say.duration(withinMs)}; the limit is ${amount(limit)}.`
    },
    figureAbsent: ({ metric }) => `${labelOf(metric)}: there is no figure.`,
    streamsAbsent: ({ patterns }) => `Not on air: ${patterns.join(', ')}.`,
    streamInState: ({ state }) => states.stream[state],
    serverInState: ({ state }) => states.server[state],
    hostInState: ({ state }) => states.host[state],
    flapping: ({ losses, withinMs }) => `Flapping: lost and back ${say.count(losses, { one: 'time', other: 'times' })} within ${formatSpan(withinMs, 'en')}.`,
    streamsLost: ({ lost, of, isReturn, paths }) =>
      `${say.number(lost)} of ${say.count(of, { one: 'stream', other: 'streams' })} ${isReturn ? 'did not return with the server' : 'left within a minute'}: ${listed(paths, lost)}.`,
    pollingSlowed: ({ askedSeconds, everySeconds, bytes }) =>
      `Polled every ${say.duration(everySeconds * 1000)} instead of every ${say.duration(askedSeconds * 1000)}: its answers take ${say.size(bytes, 'MB')}, and polling more often would cost the server too much CPU.`,
    messageRefused: ({ channels }) => `A message about an alarm was set aside: ${channels.join(', ')} did not accept it.`,
    channelUnreachable: ({ channels }) => `Messages about alarms wait, because ${channels.join(', ')} can’t be reached.`,
    channelPaused: ({ channels, since }) =>
      `Notifications by ${channels.join(', ')} have been paused since ${say.moment(since)}, and messages wait. Resume them under Alarms › Channels if the pause was forgotten.`,
    drillFailed: ({ channels }) => `The drill did not reach ${channels.join(', ')}.`,
  },
  limits: {
    is: (label, figure, isCount) => (isCount ? `${label}: ${figure}` : `${label} is ${figure}`),
    multiple: (label, times, per) => `${label} is ${times} × ${per.charAt(0).toLowerCase()}${per.slice(1)}`,
    said: {
      'path.notRecorded': (time) => `Not recording for ${time}`,
      'path.lossMs': (time) => `Losing packets for ${time}`,
      'probe.blackMs': (time) => `Black picture for ${time}`,
      'probe.oneColourMs': (time) => `Picture of one colour for ${time}`,
      'probe.colourBarsMs': (time) => `Colour bars for ${time}`,
      'probe.frozenMs': (time) => `Frozen picture for ${time}`,
      'probe.noMotionMs': (time) => `No motion for ${time}`,
      'probe.silentMs': (time) => `No sound for ${time}`,
      'path.recordingMissing': (time) => `${time} of the last hour missing from the recordings`,
      'path.framesInError': (count) => `Frames in error: up to ${count} per poll`,
      'path.framesDiscarded': (count) => `Frames discarded because readers are too slow: up to ${count} per poll`,
      'path.forwardsFailing': (count, value) => (value === 1 ? '1 forward destination fails' : `Up to ${count} forward destinations fail`),
      'path.readers': (_, value) => (value === 0 ? 'Nobody reads it' : say.count(value, { one: 'reader', other: 'readers' })),
      'path.people': (_, value) =>
        value === 0 ? 'No person watches it; machines don’t count' : say.count(value, { one: 'person watches it', other: 'people watch it' }),
      'server.certificateDays': (_, value) => {
        const days = (count: number) => say.count(Math.floor(count), { one: 'day', other: 'days' })
        return value < 0 ? `Certificate expired ${days(-value)} ago` : value < 1 ? 'Certificate expires within a day' : `Certificate expires in ${days(value)}`
      },
      'server.clockSkew': (time, value) => `Its clock is ${time} ${value < 0 ? 'behind' : 'ahead'}`,
      'host.clockSkew': (time, value) => `Its clock is ${time} ${value < 0 ? 'behind' : 'ahead'}`,
      'host.udpBufferErrors': (rate) => `UDP datagrams dropped by full receive buffers: up to ${rate}`,
      'device.used': (share) => `${share} in use`,
      'probe.elsewhereUp': (share, value) => (value === 0 ? 'No other console can read it' : `Only ${share} of the other consoles can read it`),
      'probe.gopLongestMs': (time) => `Key frames up to ${time} apart`,
      'probe.clipped': (share) => `${share} of the sound is clipped`,
      'probe.loudnessOffset': (by, value) => `${by} ${value < 0 ? 'softer' : 'louder'} than the target`,
      'probe.tsErrors': (count) => `TS errors of priority 1: up to ${count} per look`,
      'probe.differences': (_, value) => `${say.count(value, { one: 'property differs', other: 'properties differ' })} from the contract`,
      'probe.audioAhead': (time, value) => `Audio is ${time} ${value < 0 ? 'behind' : 'ahead of'} the video`,
      'probe.canaryDelay': (time) => `The test signal arrives ${time} late`,
      'probe.canarySoundAhead': (time, value) => `Sound of the test signal is ${time} ${value < 0 ? 'behind' : 'ahead of'} its picture`,
    },
    plain: (clause) => `${clause}.`,
    withLimit: (clause, limit) => `${clause}; the limit is ${limit}.`,
    latency: (times) => `SRT latency is ${times} × the round trip; packets are lost below 3 ×.`,
    heals: (label, side, figure) => `It heals only while this holds, too: ${label} ${side} ${figure}.`,
  },
  todo: {
    serverDown: 'Look at the machine and at the network.',
    serverHalted: 'Look at the machine and at the network.',
    serverSilent: 'Look at the machine and at the network.',
  },
}
