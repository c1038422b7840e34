import { settingChangeText } from '../shared/configurationLevels.ts'
import {
  type Damage,
  type DeckEvent,
  type EventKind,
  eventFacts,
  isEventKind,
  isManyStreamsKind,
  isReconnect,
  manyStreamsSchema,
  type NewEvent,
  type OneFacts,
} from '../shared/events.ts'
import type { SentenceId } from '../shared/messageIds.ts'
import { pathOf } from '../shared/subjectNames.ts'
import { unknownMark } from '../shared/units.ts'
import { quoted } from '../shared/visibleText.ts'
import { verdictText } from './diagnosisText.ts'
import { hostErrorWhat, serverErrorText } from './errorText.ts'
import type { Language } from './languages.ts'
import { isPulled, mediaText, protocolWord } from './media.ts'
import { pictureText } from './pictureText.ts'
import { actReasonText, remedyActText, ruleCalled } from './remedyText.ts'
import { type Facts, type Say, sayIn } from './say.ts'
import { inLine, joined, namesText } from './texts.ts'
import { problemText } from './validationErrorText.ts'

type NewOrStoredEvent = NewEvent | Omit<DeckEvent, 'id'>

/**
 * An event as one self-contained sentence. Events of older versions keep the English sentence they were stored with;
 * events of newer versions are shown as their kind and facts.
 */
export function eventText(event: NewOrStoredEvent, language: Language): string {
  if ('text' in event && event.text !== '') return event.text
  return madeText(event, sayIn(language)) ?? factsText(event)
}

/** Maximum number of removed and added paths named in a sentence. */
const mostPathsSaid = 5

/** null if the kind or the facts come from another version. */
function madeText({ kind, facts, ownerName, subject, at }: NewOrStoredEvent, say: Say): string | null {
  const path = pathOf(subject)
  const name = ownerName ?? say('events.someServer')
  if (path === null && isManyStreamsKind(kind)) {
    const many = manyStreamsSchema.safeParse(facts)
    if (many.success) {
      const { count, names } = many.data
      return say('events.manyStreams', {
        count,
        server: name,
        label: eventLabel(kind, say.language),
        names: names.length > 0 && namesText(names, count, say.language),
      })
    }
  }
  if (!isEventKind(kind)) return null
  const one = eventFacts[kind].safeParse(facts)
  // Kind and facts match, but the compiler can't infer that from a map of kinds.
  return one.success ? oneText({ kind, facts: one.data } as OneEvent, { name, at, say }) : null
}

type OneEvent = { readonly [K in EventKind]: { readonly kind: K; readonly facts: OneFacts<K> } }[EventKind]
interface Around {
  readonly name: string
  readonly at: number
  readonly say: Say
}

function oneText({ kind, facts }: OneEvent, { name, at, say }: Around): string {
  const { language } = say
  switch (kind) {
    case 'serverUp':
    case 'hostUp':
    case 'probeUp': {
      const lasted = lastedText(facts, say, 'away')
      return say('events.serverUp', { context: lasted === '' ? 'first' : undefined, name, lasted })
    }
    case 'serverDown':
      if (facts.error.kind === 'unauthorized' && !facts.error.tookBefore) return say('events.serverDown', { name })
      return joined(
        say('events.cannotBeRead', { name, what: serverErrorText(facts.error, language).what }),
        !!facts.streams && say('events.streamsUnknown', { count: facts.streams }),
      )
    case 'probeDown':
      return say('events.cannotBeRead', { name, what: pictureText(facts.error, language) })
    case 'hostDown':
      return say('events.cannotBeRead', { name, what: hostErrorWhat(facts.error, language) })
    case 'hostKeyChanged':
      return say('events.hostKeyChanged', { name, what: hostErrorWhat(facts.error, language) })
    case 'hostKeyAccepted':
      return say('events.hostKeyAccepted', { name, target: facts.target ?? name, fingerprint: facts.fingerprint ?? '' })
    case 'serverSilent':
      return say('events.serverSilent', { name, lasted: facts })
    // Read an hour later it must still be true: no "ago", and no time of day, whose zone is the reader's choice.
    case 'serverRestarted':
      return say('events.serverRestarted', { context: 'publishers' in facts ? 'together' : undefined, ...facts, name })
    case 'hostRestarted':
      return say('events.serverRestarted', { name })
    case 'certificateChanged':
      return say('events.certificateChanged', { name, fingerprint: facts.after.slice(0, 17) })
    case 'serverConfigurationChanged': {
      const { setting, before, after, settings, removed = [], added = [] } = facts
      const others = [...removed.map((path) => `− paths.${path}`), ...added.map((path) => `+ paths.${path}`)].slice(1, mostPathsSaid)
      return say('events.serverConfigurationChanged', { name, changes: namesText([settingChangeText(setting, before, after), ...others], settings, language) })
    }
    case 'streamOn': {
      const lasted = lastedText(facts, say, 'away')
      return say('events.streamOn', {
        context: lasted === '' ? undefined : 'back',
        sender: senderText(facts, say),
        lasted,
        media: mediaText(facts.tracks),
      })
    }
    case 'streamOff':
    case 'streamEnded': {
      const lasted =
        facts.unseen === undefined || facts.onDemand || facts.readersLost !== undefined
          ? facts.withoutData && !facts.kicked
            ? lastedText(facts.withoutData, say, 'silent')
            : lastedText(facts, say, 'onAir')
          : say('events.unseen', { context: facts.unseen })
      const context = facts.kicked ? 'kicked' : facts.onDemand ? 'onDemand' : isPulled(facts.sourceType) ? 'pulled' : facts.withoutData ? 'silent' : undefined
      const readers = facts.people ? 'some' : kind === 'streamEnded' && facts.people === undefined ? 'people' : undefined
      return joined(
        say('events.streamOff', { context, sender: senderText(facts, say), lasted, ...kickedFacts(facts, language) }),
        !facts.onDemand && facts.readersLost !== undefined && say('events.hadReaders', { ...facts, readers: facts.readersLost, context: readers }),
      )
    }
    case 'streamStalled':
      return say('events.streamStalled', { context: facts.hungUp ? 'hungUp' : undefined, sender: senderText(facts, say), lasted: facts })
    case 'streamRecovered':
      return say('events.streamRecovered', { sender: senderText(facts, say), lasted: lastedText(facts, say, 'away') })
    case 'slateOn':
      return say('events.slateOn', {
        context: facts.kicked ? 'kicked' : facts.left ? 'left' : undefined,
        sender: senderText(facts, say),
        lasted: lastedText(facts, say, 'onAir'),
        ...kickedFacts(facts, language),
      })
    case 'publisherChanged':
      return publisherText(facts, say)
    case 'forwardFailing':
    case 'forwardRecovered': {
      const to = namesText(facts.destinations, facts.all, language)
      const lastError = 'lastError' in facts && facts.lastError && `“${facts.lastError}”`
      return say(`events.${kind}`, { to, lastError })
    }
    case 'sessionsKicked': {
      const addresses = namesText(facts.addresses, facts.addresses.length, language)
      return say('events.sessionsKicked', { ...facts, addresses, reason: actReasonText(facts.reason, language) })
    }
    case 'pathSettingsChanged': {
      const { setting, before, after, change, settings, outcome } = facts
      const changed =
        setting === null ? `${change === 'remove' ? '−' : '+'} paths.${facts.path}` : settingChangeText(`paths.${facts.path}.${setting}`, before, after)
      return say('events.pathSettingsChanged', {
        by: facts.by,
        took: outcome === 'applied' ? '' : say('events.took', { context: outcome }),
        changes: namesText([changed], settings, language),
        reason: actReasonText(facts.reason, language),
      })
    }
    case 'diagnosed':
      return say('events.diagnosed', { by: facts.by, verdict: verdictText(facts.verdict, language) })
    case 'recordingsDeleted': {
      const failed = facts.failed === 0 ? '' : say('events.notDeleted', { failed: facts.failed })
      return say('events.recordingsDeleted', { ...facts, failed })
    }
    case 'remedyActed':
      return say('events.remedyActed', { rule: ruleCalled(facts.rule, language), acted: remedyActText(facts, language) })
    case 'remedyArmed':
      return say('events.remedyArmed', { ...facts, rule: ruleCalled(facts.rule, language), context: facts.armed ? undefined : 'off' })
    case 'consoleGap':
      return gapText(facts, at, say)
    case 'ruleEdited':
      return say('events.edited', {
        context: facts.what,
        by: facts.by,
        thing: say('events.things.rule', { context: facts.what, rule: ruleCalled(facts.rule, language) }),
      })
    case 'channelEdited':
      return say('events.edited', { context: facts.what, by: facts.by, thing: say(`events.things.${facts.channel === null ? 'route' : 'channel'}`, facts) })
    case 'readinessEdited':
      return say('events.edited', { context: facts.what, by: facts.by, thing: say(`events.things.${facts.part}`) })
    case 'planEdited':
      return say('events.edited', { context: facts.what, by: facts.by, thing: say(`events.things.${facts.use}`, facts) })
    case 'configurationRead':
      return configurationText(facts, say)
    case 'configurationRefused': {
      const more = facts.problems > 1 && say('acknowledging.more', { more: facts.problems - 1 })
      return say('events.configurationRefused', { first: problemText(facts.first, language), more })
    }
    case 'storeDamaged':
      return damageText(facts, say)
    case 'remedyStopped':
      return say('events.remedyStopped', { ...facts, rule: ruleCalled(facts.rule, language) })
    default:
      return say(`events.${kind}`, { ...facts, name })
  }
}

/** "Publisher 10.4.1.7", "The RTSP source", at the beginning of a sentence. */
function senderText({ sourceType, remoteAddr: address }: Pick<OneFacts<'streamOn'>, 'sourceType' | 'remoteAddr'>, say: Say): string {
  const context = isPulled(sourceType) ? 'pulled' : address !== null ? 'address' : sourceType !== null ? 'type' : undefined
  return say('events.sender', { context, address, protocol: protocolWord(sourceType ?? '') })
}
const kickedFacts = ({ kicked }: Pick<OneFacts<'streamOff'>, 'kicked'>, language: Language): Facts =>
  kicked === undefined ? {} : { by: kicked.by, reason: actReasonText(kicked.reason, language) }
/** " after 2 min", where that is known. */
function lastedText({ minMs, maxMs }: OneFacts<'serverUp'>, say: Say, context?: 'away' | 'onAir' | 'silent'): string {
  return minMs === undefined || maxMs === undefined ? '' : say('events.lasted', { context, lasted: { minMs, maxMs } })
}

function publisherText({ before, beforeType, after, sourceType }: OneFacts<'publisherChanged'>, say: Say): string {
  const [from, to] = [beforeType, sourceType].map((type) => (type === null ? null : protocolWord(type)))
  const protocols = from === to || !from || !to || before === null || after === null ? '' : say('events.protocols', { from, to })
  const [was, is] = [before ?? from, after ?? to]
  const facts: Facts = isReconnect({ before, after, sourceType })
    ? { context: 'reconnected', sender: senderText({ sourceType, remoteAddr: after }, say) }
    : was === null || is === null
      ? { context: 'unknown', known: is }
      : { before: was, after: is }
  return say('events.publisherChanged', { ...facts, protocols })
}

function gapText(facts: OneFacts<'consoleGap'>, at: number, say: Say): string {
  if (facts.cause !== 'notRunning') return say('events.consoleGap', { context: 'begins' in facts && !facts.begins ? 'network' : facts.cause, ...facts })
  const maxMs = at - facts.from
  return say('events.consoleGap', { context: facts.cause, lasted: { minMs: facts.stopped ? maxMs : (facts.minMs ?? maxMs), maxMs } })
}

function configurationText(facts: OneFacts<'configurationRead'>, say: Say): string {
  const countOf = (what: 'added' | 'changed' | 'removed') => facts.counts?.[what] ?? facts[what].length
  const changes = (['added', 'changed', 'removed'] as const)
    .filter((what) => countOf(what) > 0)
    .map((what) => say(`events.read.${what}`, { names: namesText(facts[what], countOf(what), say.language) }))
  return say('events.configurationRead', { context: changes.length === 0 ? 'none' : undefined, changes })
}

function damageText(facts: Damage, say: Say): string {
  if (facts.damage === 'partUnreadable') return say('events.damage.partUnreadable', facts)
  const { file, store, setAside, backupAt } = facts
  const what = backupAt !== null ? 'restored' : store === 'archive' ? 'archive' : 'begunAnew'
  return joined(
    say(`events.damage.${what}`, { file: store === 'main' ? `${file} (${say('events.mainStore')})` : file, backupAt }),
    setAside !== null && say('events.damage.keptAs', { setAside }),
  )
}

const longestFacts = 1_000

function factsText({ kind, facts }: NewOrStoredEvent): string {
  const listed = Object.entries(facts).map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const name = quoted(kind) ?? unknownMark
  return listed.length === 0 ? name : `${name} (${quoted(listed.join(', '), longestFacts)})`
}

/** Kinds that are called as the rule that watches them, or as another one. */
const labelledAs = {
  serverSilent: 'rules.names.serverSilent',
  serverRestarted: 'rules.names.serverRestarted',
  serverUpgraded: 'rules.names.serverUpgraded',
  certificateChanged: 'rules.names.certificateChanged',
  streamStalled: 'rules.names.streamStalled',
  slateOn: 'rules.names.slateOnAir',
  publisherChanged: 'rules.names.publisherChanged',
  codecChanged: 'rules.names.codecChanged',
  sizeChanged: 'rules.names.sizeChanged',
  forwardFailing: 'rules.names.forwardFailing',
  probeDown: 'rules.names.probeDown',
  hostDown: 'rules.names.hostDown',
  hostRestarted: 'rules.names.hostRestarted',
  hostKeyChanged: 'rules.names.hostKeyChanged',
  mediaServerRestarted: 'rules.names.mediaServerRestarted',
  storeDamaged: 'rules.names.storeDamaged',
  remedyStopped: 'rules.names.remedyStopped',
  hostUp: 'events.labels.serverUp',
  probeUp: 'events.labels.serverUp',
  channelEdited: 'events.labels.ruleEdited',
  readinessEdited: 'events.labels.ruleEdited',
  planEdited: 'events.labels.ruleEdited',
} as const satisfies { readonly [Kind in EventKind]?: SentenceId }
type OwnLabel = Exclude<EventKind, keyof typeof labelledAs>

/** Label for a kind of event, a word or two. For a kind from a newer engine, the kind itself. */
export function eventLabel(kind: string, language: Language): string {
  if (!isEventKind(kind)) return quoted(kind) ?? unknownMark
  const say = sayIn(language)
  return kind in labelledAs ? inLine(say(labelledAs[kind as keyof typeof labelledAs]), language) : say(`events.labels.${kind as OwnLabel}`)
}
