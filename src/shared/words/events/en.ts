import { settingChangeText } from '../../configurationLevels.ts'
import { isReconnect } from '../../events.ts'
import type { PathEditOutcome } from '../../pathChanges.ts'
import type { Rest } from '../catalogue.ts'
import { verdictText } from '../diagnosisText.ts'
import { hostErrorWhat, serverErrorWords } from '../errorText.ts'
import { fileFaultsText } from '../fileFaultText.ts'
import { isPulled, mediaWords, protocolWord } from '../media.ts'
import { pictureText } from '../pictureText.ts'
import { actReasonText, remedyActText } from '../remedyText.ts'
import { sayIn } from '../say.ts'
import { where } from '../texts.ts'
import { configurationCounts, damageWords, type EventWords, firstMistake, kindsWords, type Lasted, type Reader, type Sender, type Went } from './eventWords.ts'

const say = sayIn('en')
const streamsOf = (count: number) => say.count(count, { one: 'stream', other: 'streams' })
const inRow = (names: readonly string[], more: number) => `${names.join(', ')}${more > 0 ? ` and ${say.number(more)} more` : ''}`
const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)

/** "Publisher 10.4.1.7", "The RTSP source", at the beginning of a sentence. */
function senderOf({ sourceType, remoteAddr }: Sender): string {
  if (isPulled(sourceType)) return `The ${protocolWord(sourceType ?? '')} source`
  if (remoteAddr !== null) return `Publisher ${remoteAddr}`
  return sourceType === null ? 'The publisher' : `The ${protocolWord(sourceType)} publisher`
}
const after = ({ minMs, maxMs }: Lasted) => (minMs === undefined || maxMs === undefined ? '' : ` after ${say.interval(minMs, maxMs)}`)
const unseenWords = {
  silence: 'while the server could not be asked',
  restart: 'when the server was restarted',
  allAtOnce: 'together with all others of the server',
}
/** `watching`: who was, where it ended, which are people only. */
function wentText(facts: Went, watching = { one: 'reader was', other: 'readers were' }): string {
  const sender = senderOf(facts)
  if (facts.onDemand) return `${sender} was stopped${after(facts)}: nobody reads it.`
  const isLost = isPulled(facts.sourceType)
  if (facts.readersLost !== undefined) return `${sender} ${isLost ? 'failed' : 'left'}${after(facts)} while ${say.count(facts.readersLost, watching)} watching.`
  const verb = isLost ? 'was lost' : 'left'
  return facts.unseen === undefined ? `${sender} ${verb}${after(facts)}.` : `${sender} ${verb} ${unseenWords[facts.unseen]}.`
}
const readerOf = ({ type, remoteAddr, muxer }: Reader) =>
  muxer ? `Reading over ${protocolWord(type)}` : `${protocolWord(type)} reader${where(remoteAddr, (host) => ` ${host}`)}`
const storeNames = { main: 'database of servers and settings', history: 'history', alarms: 'database of closed alarms', sessions: 'database of sessions' }

const pathOutcomes: Readonly<Record<PathEditOutcome, string>> = {
  applied: '',
  partly: ', not all of which the server took',
  refused: ', which the server refused',
  unknown: '; whether the server took that is not known',
}
const kickedWords = {
  publisher: { one: 'publisher', other: 'publishers' },
  reader: { one: 'reader', other: 'readers' },
  mixed: { one: 'session', other: 'sessions' },
}

export const en: Rest<EventWords> = {
  events: {
    serverUp: ({ minMs, maxMs }, { name }) =>
      minMs === undefined || maxMs === undefined ? `${name} answers for the first time.` : `${name} answers again after ${say.interval(minMs, maxMs)}.`,
    serverDown: ({ error, streams }, { name }) =>
      error.kind === 'unauthorized' && !error.tookBefore
        ? `${name} refused access; polling was halted.`
        : `${name} cannot be read: ${serverErrorWords(error, 'en').what}${streams ? ` ${streamsOf(streams)} unknown, not down.` : ''}`,
    serverSilent: ({ minMs, maxMs }, { name }) => `${name} did not answer for ${say.interval(minMs, maxMs)}.`,
    // Read an hour later it must still be true: no "ago", and no time of day, whose zone is the reader's choice.
    serverRestarted: (facts, { name }) =>
      'publishers' in facts
        ? `All ${say.number(facts.publishers)} publishers of ${name} left or reconnected at once: it was restarted, or its network was interrupted.`
        : `${name} was restarted${facts.agoMs < 1000 ? '' : `, and had been up for ${say.duration(facts.agoMs)} when that was seen`}.`,
    serverUpgraded: ({ before, after }, { name }) => `${name} changed from ${before} to ${after}. Readers may be counted differently since then.`,
    certificateChanged: ({ after, validTo }, { name }) =>
      `The API of ${name} shows another certificate (${after.slice(0, 17)}…)${validTo === null ? '' : `, valid until ${say.moment(validTo)}`}.`,
    serverConfigurationChanged: ({ setting, before, after, settings }, { name }) =>
      `Configuration of ${name}: ${settingChangeText(setting, before, after)}${settings > 1 ? ` and ${say.count(settings - 1, { one: 'more setting', other: 'more settings' })}` : ''}.`,
    streamOn: ({ tracks, ...facts }) => {
      const media = where(mediaWords(tracks), (words) => `: ${words}`)
      const away = after(facts)
      return `${senderOf(facts)} is ${away === '' ? 'on air' : `back${away}`}${media}.`
    },
    streamOff: (facts) => wentText(facts),
    streamEnded: (facts) => wentText(facts, { one: 'viewer was', other: 'viewers were' }),
    streamStalled: ({ minMs, maxMs, ...facts }) => `No data for ${say.interval(minMs, maxMs)}, though ${lower(senderOf(facts))} is connected.`,
    streamRecovered: (facts) => `${senderOf(facts)} sends data again${after(facts)}.`,
    slateOn: (facts) => (facts.left ? `${senderOf(facts)} left${after(facts)}: the slate is on air.` : 'The slate is on air: nobody publishes.'),
    publisherChanged: ({ before, beforeType, after: host, sourceType }) => {
      const [from, to] = [beforeType, sourceType].map((type) => (type === null ? null : protocolWord(type)))
      const protocols = from === to || !from || !to ? '' : `, over ${to} instead of ${from}`
      const sender = senderOf({ sourceType, remoteAddr: host })
      if (isReconnect({ before, after: host, sourceType })) return `${sender} reconnected${protocols}.`
      return before !== null && host !== null
        ? `The publisher changed from ${before} to ${host}${protocols}.`
        : `The publisher changed: ${lower(sender)}${where(before, (was) => `, before it ${was}`)}${protocols}.`
    },
    codecChanged: ({ before, after: now }) => `The tracks changed from ${before} to ${now}.`,
    sizeChanged: ({ before, after: now }) => `The picture's size changed from ${before} to ${now}.`,
    forwardFailing: ({ destinations, all, lastError }) =>
      `Forwarding to ${inRow(destinations, all - destinations.length)} fails${where(lastError, (said) => `; the server says “${said}”`)}.`,
    forwardRecovered: ({ destinations, all, removed }) => {
      const to = inRow(destinations, all - destinations.length)
      return removed ? `It is not to be forwarded to ${to} any more, which failed.` : `It is forwarded to ${to} again.`
    },
    readerJoined: (facts) => `${readerOf(facts)} ${facts.muxer ? 'began' : 'joined'}.`,
    readerLeft: (facts) => `${readerOf(facts)} ${facts.muxer ? 'ended' : 'left'}${after(facts)}.`,
    sessionsKicked: ({ by, sessions, role, addresses, reason }) =>
      `${by} disconnected ${say.count(sessions, kickedWords[role])}${addresses.length === 0 ? '' : ` (${inRow(addresses, 0)})`}: ${actReasonText(reason, 'en')}`,
    pathSettingsChanged: ({ by, reason, path, change, setting, before, after, settings, outcome, undone }) =>
      `${by} ${undone ? 'set back a change of path settings' : 'changed path settings'}${pathOutcomes[outcome]}: ${
        setting === null ? `${change === 'remove' ? '−' : '+'} paths.${path}` : settingChangeText(`paths.${path}.${setting}`, before, after)
      }${settings > 1 ? ` and ${say.count(settings - 1, { one: 'more setting', other: 'more settings' })}` : ''}. Reason: ${actReasonText(reason, 'en')}`,
    diagnosed: ({ by, verdict }) => `${by} had it diagnosed: ${verdictText(verdict, 'en')}`,
    recordingsDeleted: ({ by, segments, failed, from, to, reason }) =>
      `${by} deleted ${say.count(segments, { one: 'recorded segment', other: 'recorded segments' })} that began ${from === to ? `at ${say.moment(from)}` : `from ${say.moment(from)} to ${say.moment(to)}`}${failed === 0 ? '' : ` (${say.number(failed)} could not be deleted)`}: ${reason}`,
    remedyActed: ({ rule, ...acted }) => `Remedy of rule ${rule}: ${remedyActText(acted, 'en')}`,
    remedyArmed: ({ rule, armed, by, reason }) => `${by} ${armed ? 'armed' : 'disarmed'} the remedy of rule ${rule}: ${reason}`,
    probeDown: ({ error }, { name }) => `${name} cannot be read: ${pictureText(error, 'en')}`,
    probeUp: ({ minMs, maxMs }, { name }) => `${name} can be read again after ${say.interval(minMs, maxMs)}.`,
    hostUp: ({ minMs, maxMs }, { name }) =>
      minMs === undefined || maxMs === undefined ? `${name} can be read for the first time.` : `${name} can be read again after ${say.interval(minMs, maxMs)}.`,
    hostDown: ({ error }, { name }) => `${name} cannot be read: ${hostErrorWhat(error, 'en')}`,
    hostKeyChanged: ({ error }, { name }) => `${name}: ${hostErrorWhat(error, 'en')} No credential was sent.`,
    hostKeyAccepted: ({ target, fingerprint }, { name }) => `${name}: the new key of ${target ?? name} was accepted, ${fingerprint ?? ''}.`,
    hostRestarted: (_facts, { name }) => `${name} was restarted.`,
    mediaServerEnded: ({ pid }, { name }) => `The media server on ${name} ended: its process ${pid} is gone.`,
    mediaServerRestarted: ({ pid, before }, { name }) => `The media server on ${name} was restarted: process ${before} ended, process ${pid} took its place.`,
    consoleGap: (facts, { at }) => {
      switch (facts.cause) {
        case 'notRunning': {
          const lasted = facts.stopped ? say.duration(at - facts.from) : say.interval(facts.minMs ?? at - facts.from, at - facts.from)
          return `mtxdeck was started. It had not been running for ${lasted}: nothing is known of that time.`
        }
        case 'slept':
          return `This console slept for ${say.duration(facts.sleptMs)}: nothing is known of that time.`
        case 'noNetwork':
          return facts.begins ? 'This console has no network: nothing is known of its servers until it is back.' : 'This console can see its servers again.'
        default:
          return facts satisfies never
      }
    },
    ruleEdited: ({ rule, by, what }) => `${by} ${what === 'removed' ? 'removed what was entered about' : what} the rule ${rule}.`,
    channelEdited: ({ channel, by, what }) => `${by} ${what} ${channel === null ? 'a route of alarms' : `the channel ${channel}`}.`,
    readinessEdited: ({ part, by, what }) => `${by} ${what} the ${{ heartbeat: 'heartbeat', drill: 'drill', publicUrl: 'public address' }[part]}.`,
    configurationRead: (facts) => {
      const { added, changed, removed } = configurationCounts(facts)
      const part = (verb: string, names: readonly string[], count: number) => (count === 0 ? [] : [`${verb} ${inRow(names, count - names.length)}`])
      const parts = [...part('added', facts.added, added), ...part('changed', facts.changed, changed), ...part('removed', facts.removed, removed)]
      return `The configuration file was read again: ${parts.length === 0 ? 'no server and no host changed' : parts.join('; ')}.`
    },
    configurationRefused: ({ first, problems }) =>
      `The configuration file was changed and cannot be used; what was read before stays in force. ${firstMistake(first, 'en')}${problems > 1 ? ` (and ${say.number(problems - 1)} more)` : ''}`,
    storeDamaged: (facts, context) => damageWords(facts, context),
    valueRefused: (_facts, { path }) =>
      `The server sent ${path === null ? 'a figure' : `a figure of ${path}`} that is too large to be true. It is kept as unknown.`,
    tooMuchSent: ({ count, changes, leftOutPaths, kinds }, { name, words }) => {
      const parts = [
        count > 0 ? `${say.number(count)} of its events are not listed one by one (${kindsWords(kinds, words, say)})` : null,
        leftOutPaths > 0 ? `paths with ever new names were left out ${say.count(leftOutPaths, { one: 'time', other: 'times' })}` : null,
        changes > 0 ? `of ${say.number(changes)} changes of its paths only the newest were kept` : null,
      ].filter((part) => part !== null)
      return `${name} sent more than is kept of one server: ${parts.join('; ')}.`
    },
  },
  manyStreams: {
    streamOn: (count, server, list) => `${streamsOf(count)} of ${server} came on air${list}.`,
    streamOff: (count, server, list) => `${streamsOf(count)} of ${server} went off air${list}.`,
    streamEnded: (count, server, list) => `${streamsOf(count)} of ${server} ended${list}.`,
    streamStalled: (count, server, list) => `${streamsOf(count)} of ${server} stalled${list}.`,
    streamRecovered: (count, server, list) => `${streamsOf(count)} of ${server} recovered${list}.`,
    slateOn: (count, server, list) => `${streamsOf(count)} of ${server} went to their slate${list}.`,
    publisherChanged: (count, server, list) => `${streamsOf(count)} of ${server} have another publisher or a new connection of the same${list}.`,
    codecChanged: (count, server, list) => `${streamsOf(count)} of ${server} changed their tracks${list}.`,
    sizeChanged: (count, server, list) => `${streamsOf(count)} of ${server} changed the size of their picture${list}.`,
    onAirBeyondPlan: (count, server, list) => `${streamsOf(count)} of ${server} on air outside the hours of their plans${list}.`,
    forwardFailing: (count, server, list) => `Forwarding of ${streamsOf(count)} of ${server} fails${list}.`,
    forwardRecovered: (count, server, list) => `${streamsOf(count)} of ${server} ${count === 1 ? 'is' : 'are'} no longer failing to be forwarded${list}.`,
  },
  listed: (names, more) => `: ${inRow(names, more)}`,
  manyReaders: {
    readerJoined: ({ readers, streams }, server) => `${say.number(readers)} readers joined ${streamsOf(streams)} of ${server}.`,
    readerLeft: ({ readers, streams }, server) => `${say.number(readers)} readers left ${streamsOf(streams)} of ${server}.`,
  },
  damage: {
    mainLost: ({ gone, setAside, backup }) =>
      `The ${storeNames.main} was ${gone ? 'gone' : 'damaged'}.${where(setAside, (file) => ` What was there lies beside it as ${file}.`)} ${
        backup === null
          ? 'There was no good backup, so an empty one was begun: enter the servers again.'
          : `The backup ${backup} was restored: what was changed after it is missing.`
      }`,
    moved: ({ store, file, setAside }) =>
      setAside === null
        ? `The ${storeNames[store]} (${file}) was removed while mtxdeck was running. It was written again from what was still open: nothing that was stored is missing.`
        : `Another file was put in the place of the ${storeNames[store]} (${file}) while mtxdeck was running. It lies beside it as ${setAside}, and the ${storeNames[store]} was written again from what was still open. To restore a backup, stop mtxdeck first.`,
    movedAtEnd: ({ store, file }) =>
      `The ${storeNames[store]} (${file}) was moved away while mtxdeck was running, and mtxdeck ended before it was back. It was taken from the copy that had been made by then: what was changed after it is missing.`,
    archive: ({ file, setAside, because }) =>
      `${file} was damaged (${fileFaultsText(because, 'en')}). It was set aside as ${setAside}; other data is not affected.`,
    day: ({ unreadableDay, because }) =>
      `Part of what was measured on ${unreadableDay} (UTC) cannot be read: ${fileFaultsText(because, 'en')}. It is shown as a gap; the rest of that day is intact. "mtxdeck check" says which parts they are.`,
    span: ({ from, minutes, whole, because }, { path }) =>
      `${say.count(minutes, { one: 'minute', other: 'minutes' })} from ${say.moment(from)} on of ${whole ? 'one server' : (path ?? 'the server itself')} could not be stored (${fileFaultsText(because, 'en')}) and are lost. ${whole ? 'Those of all other servers are stored.' : 'All else is stored.'}`,
  },
}
