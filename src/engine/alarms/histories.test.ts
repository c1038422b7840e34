import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Alarm } from '../../shared/alarms.ts'
import { maintenanceInputSchema } from '../../shared/maintenance.ts'
import { createExpected } from './expectedAlarms.fixture.ts'
import {
  type Answer,
  allWell,
  befall,
  type ChannelName,
  type Console,
  channelNames,
  createConsole,
  createReceivers,
  createSettlingClock,
  defaultLaw,
  delaysOf,
  escalatedAfterS,
  historyStart,
  isNight,
  type Law,
  type LeftFiles,
  nothingOnTheWay,
  type Path,
  pageLimit,
  paths,
  type Received,
  type Receivers,
  type ServerId,
  type ServerState,
  type StreamState,
  seenOf,
  serverIds,
  streamsOf,
  subjectOf,
} from './histories.fixture.ts'

type Thing = ServerId | Path
const things: readonly Thing[] = [...serverIds, ...paths]
/** When a console is killed: at rest, between storing and sending, while a message is on its way, or when that has arrived and is not answered yet. */
type KillMoment = 'atRest' | 'stored' | 'sending' | 'arrived'

type Step =
  | { readonly kind: 'stream'; readonly path: Path; readonly state: StreamState }
  | { readonly kind: 'server'; readonly id: ServerId; readonly state: ServerState }
  | { readonly kind: 'pass'; readonly seconds: number }
  | { readonly kind: 'jump'; readonly seconds: number }
  | {
      readonly kind: 'operator'
      readonly does: 'acknowledge' | 'unacknowledge' | 'shelve' | 'unshelve' | 'comment'
      readonly of: Thing
      readonly seconds: number
    }
  | { readonly kind: 'plan'; readonly of: Thing | 'all'; readonly inSeconds: number; readonly seconds: number }
  | { readonly kind: 'unplan' }
  | { readonly kind: 'law'; readonly change: Partial<Law> }
  | { readonly kind: 'channels'; readonly missing: readonly ChannelName[] }
  | { readonly kind: 'channel'; readonly name: ChannelName; readonly answer: Answer }
  | { readonly kind: 'pause'; readonly name: ChannelName; readonly minutes: number }
  | { readonly kind: 'kill'; readonly moment: KillMoment }

const some = <const Value>(...values: readonly Value[]) => fc.constantFrom(...values)
/** One of each kind most of the time, so that much befalls the same. */
const thing = some('cam1', 'cam1', 'cam1', 'berlin', 'berlin', ...things)
const stream = fc.record({
  kind: some('stream'),
  path: some('cam1', 'cam1', 'cam1', ...paths),
  state: some<StreamState>('live', 'live', 'undecided', 'gone', 'gone', 'stalled', 'slate'),
})
const pass = fc.record({ kind: some('pass'), seconds: fc.integer({ min: 1, max: 20 }) })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: stream },
  { weight: 7, arbitrary: pass },
  {
    weight: 3,
    arbitrary: fc.record({ kind: some('server'), id: some('berlin', ...serverIds), state: some<ServerState>('up', 'up', 'down', 'paused', 'unknown') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: some('jump'), seconds: some(1, 4, 29, 120, 700, 4_000, -2, -40, -700, -4_000) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: some('operator'),
      does: some('acknowledge', 'unacknowledge', 'shelve', 'shelve', 'unshelve', 'comment'),
      of: thing,
      seconds: some(5, 60, 600),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: some('plan'), of: some('all' as const, ...things), inSeconds: some(0, 5), seconds: some(60, 90) }) },
  { weight: 1, arbitrary: fc.record({ kind: some('unplan') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: some('law'),
      change: fc.oneof(
        fc.record({ gone: some('everywhere', 'everywhere', 'cameras', 'nowhere') }),
        fc.record({ goneOnDelay: some(0, 5, 15), goneOffDelay: some(0, 5, 20) }),
        fc.record({ goneSeverity: some('critical', 'minor') }),
        fc.record({ stalled: fc.boolean() }),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: some('channels'), missing: fc.subarray<ChannelName>(['ops', 'studio', 'worst', 'page', 'daily'], { maxLength: 2 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: some('channel'), name: some(...channelNames), answer: some<Answer>('takes', 'fails', 'breaks') }) },
  { weight: 2, arbitrary: fc.record({ kind: some('pause'), name: some(...channelNames), minutes: some(0, 1, 2, 60) }) },
  { weight: 2, arbitrary: fc.record({ kind: some('kill'), moment: some<KillMoment>('atRest', 'stored', 'sending', 'arrived') }) },
)

/** Rare among the random ones. */
const cam1 = (state: StreamState, seconds: number): readonly Step[] => [
  { kind: 'stream', path: 'cam1', state },
  { kind: 'pass', seconds },
]
const returnsOnShelf: Step[] = [...cam1('gone', 10), { kind: 'operator', does: 'shelve', of: 'cam1', seconds: 600 }, ...cam1('live', 10), ...cam1('gone', 20)]
const healsInWindow: Step[] = [
  ...cam1('gone', 10),
  { kind: 'plan', of: 'cam1', inSeconds: 0, seconds: 90 },
  ...cam1('live', 3),
  { kind: 'server', id: 'berlin', state: 'down' },
  { kind: 'pass', seconds: 10 },
  { kind: 'server', id: 'berlin', state: 'up' },
  { kind: 'pass', seconds: 20 },
  ...cam1('gone', 10),
]

const pass10: Step = { kind: 'pass', seconds: 10 }
const back: Step = { kind: 'jump', seconds: -700 }
const clockSetBack: Step[] = [
  ...cam1('gone', 2),
  back,
  pass10,
  ...cam1('live', 2),
  back,
  pass10,
  ...cam1('gone', 10),
  ...cam1('undecided', 3),
  back,
  pass10,
  pass10,
  pass10,
  pass10,
]
const rulesComeAndGo: Step[] = [
  ...cam1('gone', 10),
  { kind: 'law', change: { gone: 'nowhere' } },
  pass10,
  { kind: 'law', change: { gone: 'everywhere', goneOnDelay: 15, goneSeverity: 'minor' } },
  pass10,
  pass10,
  ...cam1('live', 2),
  { kind: 'law', change: { goneOffDelay: 20 } },
  pass10,
  ...cam1('stalled', 3),
  { kind: 'channels', missing: ['ops', 'studio'] },
  { kind: 'law', change: { stalled: false } },
  pass10,
  { kind: 'channels', missing: [] },
]
const mayHaveArrived: Step[] = [
  { kind: 'channel', name: 'studio', answer: 'breaks' },
  ...cam1('gone', 10),
  { kind: 'channels', missing: ['studio'] },
  pass10,
  { kind: 'channels', missing: [] },
  pass10,
  { kind: 'channels', missing: ['studio'] },
  ...cam1('live', 10),
]

let receivers: Receivers
const way = nothingOnTheWay()
beforeAll(async () => {
  receivers = await createReceivers(way)
})
afterAll(() => receivers[Symbol.asyncDispose]())

/** Plays steps with consoles that follow one another. */
async function createPlay() {
  let current: Console | null = null
  const clock = createSettlingClock(historyStart, () => current)
  const world = allWell()
  const bugs: unknown[] = []
  let law = defaultLaw
  let missing: ReadonlySet<ChannelName> = new Set()
  /** Channels that were not configured for some time, and so may not know of what somebody has taken meanwhile. */
  const everMissing = new Set<ChannelName>()
  /** By how much the clock was set back in all, ms. */
  let setBackMs = 0
  const expected = new Map(things.map((one) => [one, createExpected((trouble) => delaysOf(trouble, one, law))]))
  const shelvedUntil = new Map<Thing, number>()
  const windows = new Map<string, { readonly of: Thing | 'all'; readonly from: number; readonly to: number }>()
  /** How often each incident began and was to be notified at some moment before its end, and those that last and were. */
  const loudTimes = new Map<string, number>()
  let loud = new Set<string>()
  /** Since when nobody took what lasts of an incident, at the earliest and at the latest. */
  const looseSince = new Map<string, { readonly earliest: number; readonly latest: number }>()
  /** The same of what was nobody’s for so long that it is escalated, though somebody took it or planned work on it before that arrived. */
  const wasLooseSince = new Map<string, number>()
  let lastCheckAt = clock.now()
  let escalations = 0
  let armed: KillMoment | null = null
  let left: LeftFiles | null = null

  const console = () => current ?? expect.fail('there is a console')
  const killAt = (moment: KillMoment): boolean => {
    if (armed !== moment || left !== null) return false
    armed = null
    left = console().kill()
    return true
  }
  const start = async () => {
    const before = current
    const from = left
    left = null
    current = createConsole({ clock, world, receivers, law, missing, left: from, onBug: (bug) => bugs.push(bug), onStored: () => void killAt('stored') })
    await before?.close()
    current.poll(true)
  }
  way.isLost = () => killAt('sending')
  way.onArrival = () => void killAt('arrived')
  receivers.forget()

  const alarmOf = (one: Thing): Alarm | undefined =>
    console()
      .alarms.open()
      .find(({ subject }) => isDeepStrictEqual(subject, subjectOf(one)))
  const lasting = (): readonly Thing[] => things.filter((one) => alarmOf(one)?.healedAt === null)
  const isWorkedOn = (one: Thing, now: number) =>
    [...windows.values()].some(
      ({ of, from, to }) => now >= from && now < to && (of === 'all' || of === one || (one in streamsOf && of === streamsOf[one as Path])),
    )
  /** Whether an alarm that lasts is one that channels hear of. */
  const isLoud = (one: Thing, now: number): boolean => {
    const seen = seenOf(one, world, law, console().isAsked)
    return seen.is !== 'unknown' && now >= (shelvedUntil.get(one) ?? 0) && !isWorkedOn(one, now)
  }

  /** One second of the console and of what is expected of it. */
  const look = async () => {
    await clock.advance(1_000)
    await checkNow()
  }
  const checkNow = async () => {
    const now = clock.now()
    const before = new Map(things.map((one) => [one, expected.get(one)?.lasts()]))
    const wasOpen = new Set(things.filter((one) => alarmOf(one) !== undefined))
    if (left === null) {
      console().poll()
      await clock.advance(0)
    }
    for (const [one, { see }] of expected) see(seenOf(one, world, law, left === null ? console().isAsked : () => true), now, wasOpen.has(one))
    const wasKilled = left !== null
    if (wasKilled) {
      await start()
      await clock.advance(0)
      // It was killed before or after it saw this second.
      for (const one of things) {
        const lasts = alarmOf(one)?.healedAt === null
        expect([before.get(one), expected.get(one)?.lasts()]).toContain(lasts)
        expected.get(one)?.restart(lasts, alarmOf(one) !== undefined)
      }
    }
    expect(lasting()).toEqual(things.filter((one) => expected.get(one)?.lasts()))
    checkEscalations(now)
    const lastingNow = new Set<string>()
    for (const one of things) {
      const alarm = alarmOf(one)
      if (alarm === undefined) shelvedUntil.delete(one)
      if (alarm?.healedAt !== null) continue
      lastingNow.add(alarm.incident)
      if (loud.has(alarm.incident) || !(isLoud(one, now) || wasKilled)) continue
      loud.add(alarm.incident)
      loudTimes.set(alarm.incident, (loudTimes.get(alarm.incident) ?? 0) + 1)
    }
    loud = new Set([...loud].filter((incident) => lastingNow.has(incident)))
    for (const name of channelNames)
      for (const [key, { begun }] of inOrder(receivers.receivedBy(name)))
        expect(begun, 'what is put away is not begun').toBeLessThanOrEqual(loudTimes.get(key) ?? 0)
    expect(bugs).toEqual([])
  }
  /** What somebody took, put away or mended was not escalated before nobody had taken it for long enough again. */
  const checkEscalations = (now: number) => {
    const isLoose = new Map<string, 'loose' | 'unknown' | 'taken'>()
    for (const one of things) {
      const alarm = alarmOf(one)
      if (alarm === undefined) continue
      const { incident } = alarm
      if (alarm.healedAt === null && alarm.state === 'unacknowledged') isLoose.set(incident, 'loose')
      else if (alarm.healedAt === null && alarm.state === 'suppressed' && isLoose.get(incident) !== 'loose') isLoose.set(incident, 'unknown')
      else if (!isLoose.has(incident)) isLoose.set(incident, 'taken')
    }
    const received = receivers.receivedBy('boss')
    for (const { key, event, mayRepeat, at } of received.slice(escalations))
      if (event === 'start' && !mayRepeat)
        expect(
          Date.parse(at) - (looseSince.get(key)?.earliest ?? wasLooseSince.get(key) ?? Number.POSITIVE_INFINITY),
          'it was nobody’s for long enough',
        ).toBeGreaterThanOrEqual(escalatedAfterS * 1_000)
    escalations = received.length
    for (const [incident, is] of isLoose) {
      const { earliest = lastCheckAt, latest = now } = looseSince.get(incident) ?? {}
      if (is === 'taken') {
        if (now - earliest >= escalatedAfterS * 1_000 && looseSince.has(incident)) wasLooseSince.set(incident, earliest)
        looseSince.delete(incident)
      }
      if (is === 'loose') looseSince.set(incident, { earliest, latest: Math.min(latest, now) })
      else if (looseSince.has(incident)) looseSince.set(incident, { earliest, latest: Number.POSITIVE_INFINITY })
    }
    for (const incident of looseSince.keys()) if (!isLoose.has(incident)) looseSince.delete(incident)
    lastCheckAt = now
  }
  return {
    clock,
    world,
    console,
    start,
    look,
    checkNow,
    alarmOf,
    isLoud,
    looseFor: (incident: string): number => clock.now() - (looseSince.get(incident)?.latest ?? Number.POSITIVE_INFINITY),
    shelvedUntil,
    windows,
    enact: (change: Partial<Law>) => {
      law = { ...law, ...change }
      console().enact(law)
    },
    configureChannels: (without: readonly ChannelName[]) => {
      missing = new Set(without)
      for (const name of without) everMissing.add(name)
      console().configureChannels(missing)
    },
    everMissing,
    setBackMs: () => setBackMs,
    jump: (ms: number) => {
      clock.jumpWall(ms)
      if (ms > 0) return
      setBackMs -= ms
      lastCheckAt += ms
      for (const [incident, { earliest, latest }] of looseSince) looseSince.set(incident, { earliest: earliest + ms, latest: latest + ms })
    },
    arm: (moment: KillMoment | null) => (armed = moment),
    killAt,
    close: async () => {
      Object.assign(way, nothingOnTheWay())
      await current?.close()
    },
  }
}
type Play = Awaited<ReturnType<typeof createPlay>>

/** Start and end of each incident alternate, except for what says of itself that it may be repeated. Returns how often each began, and its last event. */
function inOrder(received: readonly Received[]): ReadonlyMap<string, { readonly last: Received['event']; readonly begun: number }> {
  const incidents = new Map<string, { readonly last: Received['event']; readonly begun: number }>()
  for (const { key, event, mayRepeat, startMissed } of received) {
    const { last: before, begun } = incidents.get(key) ?? { last: 'end', begun: 0 }
    const isKnown = before !== 'end'
    const isRepetition = mayRepeat && (event === before || (event === 'start' && isKnown))
    if (!isRepetition) expect({ event, isKnown }).toEqual({ event, isKnown: event === 'update' || (event === 'end' && !startMissed) })
    incidents.set(key, { last: event, begun: begun + (!isRepetition && (event === 'start' || startMissed) ? 1 : 0) })
  }
  return incidents
}

async function take(play: Play, step: Step): Promise<void> {
  const { clock, world, console, look, checkNow } = play
  switch (step.kind) {
    case 'stream':
      befall(world, step.path, step.state, clock.now())
      return checkNow()
    case 'server':
      world.servers[step.id] = step.state
      return checkNow()
    case 'pass':
      for (let second = 0; second < step.seconds; second++) await look()
      return
    case 'jump':
      play.jump(step.seconds * 1_000)
      return checkNow()
    case 'law':
      play.enact(step.change)
      return checkNow()
    case 'channels':
      play.configureChannels(step.missing)
      return checkNow()
    case 'operator': {
      const alarm = play.alarmOf(step.of)
      if (alarm === undefined) return
      const { alarms } = console()
      const ids = [alarm.id]
      const until = clock.now() + step.seconds * 1_000
      if (step.does === 'acknowledge') alarms.acknowledge({ ids, until: null }, 'Anna')
      if (step.does === 'unacknowledge') alarms.unacknowledge(ids, 'Anna')
      if (step.does === 'comment') alarms.comment({ ids, text: 'cable?' }, 'Anna')
      if (step.does === 'shelve') {
        alarms.shelve({ ids, until, reason: 'lens', endsHealedForMs: null }, 'Anna')
        play.shelvedUntil.set(step.of, until)
      }
      if (step.does === 'unshelve') {
        alarms.unshelve(ids, 'Anna')
        play.shelvedUntil.delete(step.of)
      }
      return checkNow()
    }
    case 'plan': {
      const from = clock.now() + step.inSeconds * 1_000
      const { of } = step
      const scope = of === 'all' ? {} : of in streamsOf ? { streams: [of] } : { servers: [of] }
      const input = maintenanceInputSchema.parse({
        name: 'work',
        zone: 'UTC',
        start: new Date(from).toISOString().slice(0, 19),
        hours: step.seconds / 3_600,
        ...scope,
      })
      const added = console().maintenance.add(input, 'Anna')
      if (added.ok) play.windows.set(added.value.id, { of, from, to: from + step.seconds * 1_000 })
      return checkNow()
    }
    case 'unplan':
      for (const id of play.windows.keys()) console().maintenance.remove(id, 'Anna')
      play.windows.clear()
      return checkNow()
    case 'channel':
      receivers.answer(step.name, step.answer)
      return
    case 'pause': {
      const { notifications } = console()
      if (step.minutes === 0) notifications.resume(step.name, 'Anna')
      else notifications.pause(step.name, step.minutes, 'Anna')
      return checkNow()
    }
    case 'kill':
      play.arm(step.moment)
      play.killAt('atRest')
      return checkNow()
    default:
      return step satisfies never
  }
}

/** All receivers take what they get, and nothing else happens, for longer than the longest wait between two tries. */
async function untilDelivered(play: Play): Promise<void> {
  play.arm(null)
  for (const name of channelNames) {
    receivers.answer(name, 'takes')
    play.console().notifications.resume(name, 'Anna')
  }
  for (let round = 0; round < 2; round++) {
    await play.clock.sleepMachine(310_000)
    await play.checkNow()
    for (let second = 0; second < 3; second++) await play.look()
  }
}

/** No channel got more than its limit, and none got a start outside the hours of its route. */
function checkLedger(play: Play): void {
  const messagesTo = (name: ChannelName) =>
    [...new Set(receivers.receivedBy(name).map(({ key }) => key))].flatMap((key) =>
      play
        .console()
        .notifications.messages(key)
        .filter(({ channel }) => channel === name),
    )
  for (const { event, at } of messagesTo('night')) if (event === 'start') expect(isNight(at), new Date(at).toISOString()).toBe(true)
  const accepted = messagesTo('page')
    .filter(({ id, state, sentWith }) => state === 'delivered' && (sentWith === null || sentWith === id))
    .map(({ endedAt }) => endedAt ?? 0)
    .sort((a, b) => a - b)
  // Of two messages with a time between them that was twice, nobody can say how far apart they were.
  if (play.setBackMs() > 0) return
  const { messages, seconds } = pageLimit
  for (const [place, at] of accepted.entries()) {
    const next = accepted[place + messages]
    if (next !== undefined) expect(next - at, 'between the first and one more than the limit').toBeGreaterThanOrEqual(seconds * 1_000)
  }
}

test('an end without a start, or stuck for ever: whatever happens, alarms are those that the rules promise, and each channel hears of each start and its end, in turn', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const play = await createPlay()
      try {
        await play.start()
        await play.checkNow()
        for (const one of steps) await take(play, one)

        play.configureChannels([])
        await untilDelivered(play)
        for (const one of things) {
          const alarm = play.alarmOf(one)
          const now = play.clock.now()
          if (alarm?.healedAt !== null || !play.isLoud(one, now)) continue
          const names: ChannelName[] = ['ops']
          // Both may have to wait for a minute.
          if (play.looseFor(alarm.incident) > 65_000) names.push('page', 'daily')
          if (play.looseFor(alarm.incident) > (escalatedAfterS + 4) * 1_000) names.push('boss')
          if (play.looseFor(alarm.incident) > 2_000 && isNight(now) && isNight(now - 3_000)) names.push('night')
          for (const name of names)
            if (!play.everMissing.has(name) || play.looseFor(alarm.incident) > 65_000)
              expect(['start', 'update'], `${one} lasts, and ${name} knows`).toContain(inOrder(receivers.receivedBy(name)).get(alarm.incident)?.last)
        }

        Object.assign(play.world, allWell())
        await play.checkNow()
        play.clock.jumpWall(4_000_000 + play.setBackMs())
        await play.checkNow()
        await untilDelivered(play)
        checkLedger(play)
        for (const name of channelNames) for (const { last } of inOrder(receivers.receivedBy(name)).values()) expect(last).toBe('end')
        const { alarms } = play.console()
        const ids = alarms.open().map(({ id }) => id)
        alarms.unshelve(ids, 'Anna')
        alarms.acknowledge({ ids, until: null }, 'Anna')
        expect(alarms.open()).toEqual([])
      } finally {
        await play.close()
      }
    }),
    {
      numRuns: 100,
      seed: 20_261_121,
      interruptAfterTimeLimit: 15_000,
      examples: [[returnsOnShelf], [healsInWindow], [clockSetBack], [rulesComeAndGo], [mayHaveArrived]],
    },
  )
})
