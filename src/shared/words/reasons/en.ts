import { formatSpan } from '../../units.ts'
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

export const en: ReasonWords = {
  reasons: {
    onDemand: () => 'Starts when somebody reads it.',
    notBack: () => 'Its publisher is not back yet.',
    judgedSoon: () => 'It left; whether it should be on air is judged in a few seconds, by the newest configuration.',
    goneBefore: () => 'Gone since before this console started.',
    noData: () => 'Connected, but no data arrives.',
    senderLeft: ({ pulled }) => (pulled ? 'The source was lost.' : 'The publisher left.'),
    sourceFailed: () => 'Its source failed while it was read.',
    notPulled: () => 'The server cannot pull its source.',
    notKept: () => 'What was known of it then is not kept.',
    packetsLost: ({ count, estimated }) =>
      `${estimated ? 'About ' : ''}${say.count(count, { one: 'packet', other: 'packets' })} lost for good in the last minute${estimated ? ' (estimated)' : ''}.`,
    noAnswer: () => 'It does not answer.',
    limitCrossed: ({ metric, per, side, value, limit, clearWhen }) => {
      const heals =
        clearWhen === undefined
          ? ''
          : ` It heals only while this holds, too: ${labelOf(clearWhen.metric)} ${clearWhen.side} ${figure(clearWhen.limit, clearWhen.metric, null)}.`
      // Where any is too much, the limit says nothing.
      const crossed =
        limit === 0 && metric === 'path.forwardsFailing'
          ? value === 1
            ? '1 forward destination fails.'
            : `Up to ${say.number(value)} forward destinations fail.`
          : limit === 0
            ? `${labelOf(metric)}: ${figure(value, metric, per)} at worst.`
            : `${labelOf(metric)} ${side === 'below' ? 'fell' : 'rose'} to ${figure(value, metric, per)}; the limit is ${figure(limit, metric, per)}.`
      return `${crossed}${heals}`
    },
    offUsual: ({ metric, side, value }) => `${labelOf(metric)} ${side === 'below' ? 'fell' : 'rose'} to ${figure(value, metric, null)}.`,
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
    diskFilling: ({ mount, fullAt }) => `At its present growth, ${mount} is full by ${say.moment(fullAt)}.`,
    pollingSlowed: ({ askedSeconds, everySeconds, bytes }) =>
      `Polled every ${say.duration(everySeconds * 1000)} instead of every ${say.duration(askedSeconds * 1000)}: its answers take ${say.size(bytes, 'MB')}, and polling more often would cost the server too much CPU.`,
    apiOpen: () => 'Its API answers everyone who reaches it, without a password.',
    messageRefused: ({ channels }) => `A message about an alarm was set aside: ${channels.join(', ')} did not accept it.`,
    channelUnreachable: ({ channels }) => `Messages about alarms wait, because ${channels.join(', ')} can’t be reached.`,
    mediaFailing: () => 'This console can’t read any stream: probes are unknown, and no pictures are taken.',
    drillFailed: ({ channels }) => `The drill did not reach ${channels.join(', ')}.`,
    serverDown: () => 'Its server does not answer.',
    serverHalted: () => 'Polling of its server is halted: the credentials are refused.',
    serverPaused: () => 'Polling of its server is paused.',
    notAsked: () => 'Its server was not asked yet.',
    consoleAway: () => 'This console was asleep or had no network.',
    notRunning: ({ from, to }) => `Nothing was recorded at that moment: mtxdeck was not running from ${say.moment(from)} to ${say.moment(to)}.`,
    slept: ({ from, to }) => `Nothing was recorded at that moment: this console slept from ${say.moment(from)} to ${say.moment(to)}.`,
    notRecorded: () => 'Nothing was recorded at that moment.',
    nothingKept: () => 'Nothing is kept of that moment.',
  },
  todo: {
    serverDown: 'Look at the machine and at the network.',
    serverHalted: 'Look at the machine and at the network.',
    serverSilent: 'Look at the machine and at the network.',
    streamGone: 'Check the encoder or camera and its network.',
    streamStalled: 'The sender hangs or its network does: restart the encoder.',
    slateOnAir: 'Start the publisher.',
    onDemandFailed: 'Check whether the camera answers; reading the stream tries it again.',
    sourceFailing: 'Check the source address in mediamtx.yml and whether the camera answers.',
    packetsLost: 'Look at the network between the publisher and the server, and whether the server itself stood still then; with SRT, raise the latency.',
  },
}
