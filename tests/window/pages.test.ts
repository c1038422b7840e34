import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { DemoServerOptions } from '../../src/demo/demoOptions.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { keptKinds } from '../../src/shared/tiers.ts'
import { type DemoConsole, startDemoConsole } from './demoConsole.ts'
import { soon, until } from './openDialog.ts'
import { type ConsoleWindow, failureText, guest, openWindow, type WindowOptions, wordsInEnglish } from './openWindow.ts'

/** Why a page has no such state. */
interface Never {
  readonly never: string
}
/** What a page says in each of its states, as keys of the catalogue or, of names and figures, as the texts themselves. */
interface PageText {
  readonly at: (ids: Ids) => string
  /** There is something to show. */
  readonly full: readonly string[]
  /** Nothing is watched, or what its address names does not exist. */
  readonly empty: readonly string[] | Never
  /** Elsewhere there is something, but nothing of what it lists: at another of its addresses. */
  readonly emptyAt?: readonly [at: (ids: Ids) => string, says: readonly string[]]
  /** The engine has not answered: what it says meanwhile, where it holds no place for what is on its way. */
  readonly loading: 'skeletons' | readonly string[]
  /** What it says where the streams are known and what it asks for itself is not answered. */
  readonly failing: readonly string[] | Never
  /** Where a permission is wanting, and it says something else than where the engine fails. */
  readonly refused?: readonly string[]
  /** Without a permission it shows what is his all the same, or says in other words that it is not for him. */
  readonly isForAll?: true
}
interface Ids extends Record<'server' | 'host' | 'probe', string> {
  readonly camera: string
  /** A server without a stream. */
  readonly bare: string
  /** One that does not answer. */
  readonly dead: string
}

const ofFleet = { never: 'all that it shows is of the fleet, which the frame follows' }
const ofDesk = { never: 'what is chosen at a desk is kept there, and there is a choice from the beginning' }
const isReckoned = { never: 'it reckons with what is entered alone' }
const isManual = { never: 'the manual comes with the window' }
const alarms = (tab: string, rest = '') => `/alarms?tab=${tab}${rest}`

/** One row a page, and of a page with tabs one row a tab: one that has none fails below. After a `?`, it is another view of a page. */
const pages: Readonly<Record<string, PageText>> = {
  '/': {
    at: () => '/',
    full: ['overview.map', 'berlin', 'the dead server', 'Connection refused'],
    empty: ['welcome.title'],
    loading: 'skeletons',
    failing: ['common.loadingFailed'],
  },
  '/streams': { at: () => '/streams', full: ['cam-0', 'cam-4', 'berlin'], empty: ['common.noServersYet'], loading: 'skeletons', failing: ofFleet },
  '/streams?group=.lives': {
    at: () => '/streams?group=.lives',
    full: ['cam-0', 'lives.active', 'still on air'],
    empty: ['lives.none'],
    loading: 'skeletons',
    failing: ['common.loadingFailed'],
  },
  '/cameras all': {
    at: () => '/cameras',
    full: ['the gate', 'the vault', 'north', 'cameras.add', '2 of 2'],
    empty: ['cameras.none'],
    emptyAt: [() => '/cameras?q=no+such+camera', ['common.nothingFound']],
    loading: 'skeletons',
    failing: ['common.loadingFailed'],
    refused: ['cameras.noneForYou'],
    isForAll: true,
  },
  '/cameras proposed': {
    at: () => '/cameras?view=proposed',
    full: ['cam-4', 'berlin', 'cameras.proposed.name'],
    empty: ['cameras.proposed.none'],
    emptyAt: [() => '/cameras?view=proposed&q=no+such+stream', ['common.noMatch']],
    loading: 'skeletons',
    failing: ['common.loadingFailed'],
    refused: ['cameras.noneForYou'],
    isForAll: true,
  },
  '/cameras unseen': {
    at: () => '/cameras?view=unseen',
    full: ['the vault', 'cameras.unwatched'],
    empty: ['cameras.noneUnseen'],
    loading: 'skeletons',
    failing: ['common.loadingFailed'],
    refused: ['cameras.noneForYou'],
    isForAll: true,
  },
  '/cameras/:cameraId': {
    at: ({ camera }) => `/cameras/${camera}`,
    full: ['the gate', 'Key at the porter', 'cam-1', 'common.availability', 'cameras.readersNow'],
    empty: ['common.notFound'],
    loading: 'skeletons',
    failing: ['common.loadingFailed'],
    refused: ['common.notFound'],
    isForAll: true,
  },
  '/alarms now': {
    at: () => alarms('now'),
    full: ['the dead server', 'Connection refused', 'alarms.state.unacknowledged'],
    empty: ['alarms.none'],
    loading: 'skeletons',
    failing: ofFleet,
  },
  '/alarms history': {
    at: () => alarms('history'),
    full: ['the old server', 'Connection refused', '1 alarm kept since'],
    empty: ['alarms.nonePast', '0 alarms kept since'],
    loading: 'skeletons',
    failing: ['alarms.notRead'],
    refused: [],
  },
  '/alarms load': {
    at: () => alarms('load'),
    full: ['Incidents2', 'the dead server', 'the old server', 'alarmLoad.none'],
    empty: ['Incidents0', 'alarmLoad.none'],
    loading: 'skeletons',
    failing: ['alarms.notRead'],
  },
  '/alarms availability': {
    at: () => alarms('availability'),
    full: ['cam-0 · berlin', 'cam-4 · berlin', '100 %'],
    empty: ['availability.none'],
    emptyAt: [() => alarms('availability', '&find=no+such+stream'), ['common.noMatch']],
    loading: 'skeletons',
    failing: ['alarms.notRead'],
  },
  '/alarms maintenance': {
    at: () => alarms('maintenance'),
    full: ['the works', '28 Nov 2030', 'no server is called Berlim', 'the show', 'MO 10:00-11:00'],
    empty: ['maintenance.empty'],
    loading: 'skeletons',
    failing: ['alarms.notRead', 'onAir.title'],
  },
  '/alarms rules': {
    at: () => alarms('rules'),
    full: ['serverDown', 'not answering', 'common.streams'],
    empty: { never: 'rules come with the console' },
    emptyAt: [() => alarms('rules', '&find=no+such+rule'), ['common.noMatch', 'common.clearFilters']],
    loading: 'skeletons',
    failing: ['alarms.notRead'],
  },
  '/alarms channels': {
    at: () => alarms('channels'),
    full: ['the desk', 'http://127.0.0.1:9', 'channels.everything', 'channels.form.heartbeatText'],
    empty: ['channels.empty', 'common.noneYet'],
    loading: 'skeletons',
    failing: ['alarms.notRead'],
  },
  '/handover': {
    at: () => '/handover',
    full: ['shift.earlier', 'the dead server', 'Connection refused', 'Worst streams of the shift'],
    empty: ['shift.noEarlier', 'Nothing is open.'],
    loading: 'skeletons',
    failing: ['common.cannotBeRead', 'common.notAvailable'],
  },
  '/handover?id of one that is kept': {
    at: () => '/handover?id=1',
    full: ['Handed over by Grace', 'shift.backToCurrent', 'the dead server'],
    empty: ['common.cannotBeRead', 'shift.noEarlier'],
    loading: 'skeletons',
    failing: ['common.cannotBeRead', 'common.notAvailable'],
  },
  '/wall': {
    at: () => '/wall?wall=all',
    full: ['common.allStreams', 'cam-0', 'cam-4', 'berlin', 'past.noPicture'],
    empty: ['common.noServersYet'],
    loading: 'skeletons',
    failing: ['common.loadingFailed'],
  },
  '/servers': { at: () => '/servers', full: ['berlin', 'v1.20.1', 'the dead server'], empty: ['common.noServersYet'], loading: 'skeletons', failing: ofFleet },
  '/sessions': {
    at: () => '/sessions',
    full: ['sessions.publishers', 'cam-0', 'berlin'],
    empty: ['sessions.none'],
    emptyAt: [() => '/sessions?q=no+such+session', ['common.noMatch', 'the dead server: no answer, or access refused']],
    loading: 'skeletons',
    failing: ['common.cannotBeRead'],
  },
  '/sessions?server of one that does not answer': {
    at: ({ dead }) => `/sessions?server=${dead}`,
    full: ['server.sessionsUnknown', 'the dead server: no answer, or access refused', 'the dead server'],
    empty: ['common.noMatch'],
    loading: 'skeletons',
    failing: ['common.cannotBeRead'],
  },
  '/sessions?by': {
    at: () => '/sessions?by=path',
    full: ['sessions.publishers', '5 sessions', 'cam-0'],
    empty: ['sessions.none'],
    loading: 'skeletons',
    failing: ['common.cannotBeRead'],
  },
  '/sessions?span': {
    at: () => '/sessions?span=day',
    full: ['cam-0', 'berlin', 'still on', 'sessions.past.keepTitle'],
    empty: ['sessions.past.nonePast'],
    loading: 'skeletons',
    failing: ['common.cannotBeRead'],
  },
  '/sessions/watched': {
    at: () => '/sessions/watched',
    full: ['viewing.column.watched', 'cam-0', 'cam-4', 'berlin'],
    empty: ['viewing.none'],
    emptyAt: [() => '/sessions/watched?find=no+such+stream', ['common.noMatch']],
    loading: 'skeletons',
    failing: ['alarms.notRead'],
  },
  '/sessions/watched?by': {
    at: () => '/sessions/watched?by=person',
    // There is no media process here, by which somebody could watch.
    full: ['viewing.noViews'],
    empty: ['viewing.noViews'],
    loading: 'skeletons',
    failing: ['common.notAvailable'],
  },
  '/recordings': {
    at: () => '/recordings',
    full: ['recordings.column.covered', 'cam-0', 'berlin'],
    empty: ['recordings.none'],
    loading: 'skeletons',
    failing: ['common.cannotBeRead'],
  },
  '/history': {
    at: () => '/history',
    full: ['timeline.title', 'sums of 3 of 4 servers', 'maxReaders: 0 → 7'],
    empty: ['timeline.title', 'common.noServersYet', 'common.noEventsYet'],
    loading: 'skeletons',
    failing: ['common.notAvailable'],
  },
  '/hosts': { at: () => '/hosts', full: ['srv-berlin'], empty: ['hosts.none'], loading: 'skeletons', failing: ['common.loadingFailed'] },
  '/hosts/:hostId': {
    at: ({ host }) => `/hosts/${host}`,
    full: ['srv-berlin', 'hosts.charts.disks', 'hosts.sizing'],
    empty: ['common.notFound'],
    loading: 'skeletons',
    failing: ['common.loadingFailed'],
  },
  '/probes': {
    at: ({ probe }) => `/probes?id=${probe}`,
    full: ['probe-berlin', 'rtsp://***@127.0.0.1:9/cam', 'daily.noneCan', 'common.neverRead', 'alarms.tab.rules'],
    empty: ['probes.none'],
    loading: 'skeletons',
    failing: ['common.loadingFailed'],
  },
  '/probes/daily': {
    at: () => '/probes/daily',
    full: ['daily.column.found', 'probe-berlin', 'cam-0', 'daily.verdict.notChecked', 'daily.noneCan'],
    empty: ['daily.none', 'daily.off'],
    loading: 'skeletons',
    failing: ['common.cannotBeRead'],
  },
  '/planner': {
    at: () => '/planner',
    full: ['planner.needed'],
    empty: isReckoned,
    loading: ['planner.needed'],
    failing: isReckoned,
  },
  '/servers/configurations': {
    at: () => '/servers/configurations',
    full: ['2/3', 'erfurt', 'configurations.unknown'],
    empty: ['common.noServersYet'],
    emptyAt: [() => '/servers/configurations?q=no+such+setting', ['common.nothingFound']],
    loading: 'skeletons',
    failing: ['common.loadingFailed'],
  },
  '/servers/configurations?of of two': {
    at: ({ server, bare }) => `/servers/configurations?of=${server}&other=${bare}`,
    full: ['paths.cam-4', 'berlin', 'dresden'],
    empty: ['common.noServersYet'],
    emptyAt: [({ server, bare }) => `/servers/configurations?of=${server}&other=${bare}&q=no+such+setting`, ['common.nothingFound']],
    loading: 'skeletons',
    failing: ['common.loadingFailed'],
  },
  '/servers/configurations?q searched': {
    at: () => '/servers/configurations?q=readTimeout',
    full: ['readTimeout', 'berlin', '10s'],
    empty: ['common.noServersYet'],
    loading: 'skeletons',
    failing: ['common.loadingFailed'],
  },
  '/servers/:serverId overview': {
    at: ({ server }) => `/servers/${server}`,
    full: ['berlin', 'pages.sessions', 'overview.penaltyEmpty', 'maxReaders: 0 → 7'],
    empty: ['common.notFound'],
    emptyAt: [({ bare }) => `/servers/${bare}`, ['dresden', 'common.noEventsYet']],
    loading: 'skeletons',
    failing: ['common.notAvailable'],
  },
  '/servers/:serverId streams': {
    at: ({ server }) => `/servers/${server}?tab=streams`,
    full: ['cam-0', 'cam-4', 'streams.column.recording', 'common.lost'],
    empty: ['common.notFound'],
    emptyAt: [({ bare }) => `/servers/${bare}?tab=streams`, ['overview.mapEmpty']],
    loading: 'skeletons',
    failing: ofFleet,
  },
  '/servers/:serverId sessions': {
    at: ({ server }) => `/servers/${server}?tab=sessions`,
    full: ['RTSP 5', 'publishes', 'cam-4'],
    empty: ['common.notFound'],
    emptyAt: [({ bare }) => `/servers/${bare}?tab=sessions`, ['server.noSessions']],
    loading: 'skeletons',
    failing: ['common.loadingFailed'],
  },
  '/servers/:serverId?tab=sessions of one that does not answer': {
    at: ({ dead }) => `/servers/${dead}?tab=sessions`,
    full: ['server.sessionsUnknown', 'Last 1 h'],
    empty: ['common.notFound'],
    loading: 'skeletons',
    failing: ['common.loadingFailed'],
  },
  '/servers/:serverId configuration': {
    at: ({ server }) => `/servers/${server}?tab=configuration`,
    full: ['server.findings', 'logLevel:', 'maxReaders: 0 → 7'],
    empty: ['common.notFound'],
    emptyAt: [({ bare }) => `/servers/${bare}?tab=configuration`, ['configurations.same']],
    loading: 'skeletons',
    failing: ['common.loadingFailed'],
  },
  '/servers/:serverId/streams/*': {
    at: ({ server }) => `/servers/${server}/streams/cam-1`,
    full: ['cam-1', 'common.details', 'playability.notTried'],
    empty: ['common.notFound'],
    loading: 'skeletons',
    failing: ['common.notAvailable', 'common.loadingFailed', 'common.notAvailable'],
  },
  '/settings/* servers': {
    at: () => '/settings/servers',
    full: ['berlin', 'settings.yaml'],
    empty: ['common.noServersYet'],
    loading: 'skeletons',
    failing: ofFleet,
  },
  '/settings/* streams': {
    at: () => '/settings/streams',
    full: ['cam-{camera}', 'Matched: 5 of 5 names'],
    empty: ['naming.templates'],
    loading: 'skeletons',
    failing: ['common.notAvailable', 'naming.title'],
  },
  '/settings/* pictures': {
    at: () => '/settings/pictures',
    full: ['every 1 min', 'snapshot.none', 'settings.pictures.uses'],
    empty: ['common.noneYet', 'adds 0 readers'],
    loading: 'skeletons',
    failing: ['common.notAvailable', 'common.snapshots'],
  },
  '/settings/* display': {
    at: () => '/settings/display',
    full: ['settings.theme', 'settings.zone'],
    empty: ofDesk,
    loading: ['settings.theme'],
    failing: ofDesk,
  },
  '/settings/* notifications': {
    at: () => '/settings/notifications',
    full: ['notifications.notices', 'notifications.sound'],
    empty: ofDesk,
    loading: ['notifications.notices', 'notifications.sound'],
    failing: ofDesk,
  },
  '/settings/* history': {
    at: () => '/settings/history',
    full: ['common.retention', 'kept.name.samples', 'kB'],
    empty: ['common.retention', 'common.noData'],
    loading: 'skeletons',
    failing: ['common.notAvailable'],
  },
  '/settings/* reports': {
    at: () => '/settings/reports',
    full: ['shift.reports.title', 'shift.reports.none'],
    empty: ['shift.reports.none'],
    loading: 'skeletons',
    failing: ['common.notAvailable'],
  },
  '/settings/* people': {
    at: () => '/settings/people',
    full: ['people.accounts', 'ada', 'people.roles.administrator'],
    empty: ['people.none', 'people.addFirst'],
    loading: 'skeletons',
    failing: ['common.notAvailable'],
    refused: ['people.notAllowed'],
    isForAll: true,
  },
  '/settings/*?people sessions': {
    at: () => '/settings/people/sessions',
    full: ['people.sessions.browser', 'Firefox 140', 'ada'],
    empty: ['people.sessions.none'],
    loading: 'skeletons',
    failing: ['common.notAvailable'],
    refused: ['people.notAllowed'],
    isForAll: true,
  },
  '/settings/*?people tokens': {
    at: () => '/settings/people/tokens',
    full: ['people.tokens.text', 'the script'],
    empty: ['people.tokens.none'],
    loading: 'skeletons',
    failing: ['common.notAvailable'],
    refused: ['people.notAllowed'],
    isForAll: true,
  },
  '/settings/*?people audit': {
    at: () => '/settings/people/audit',
    full: ['accounts.add', 'ada'],
    empty: ['people.audit.none'],
    emptyAt: [() => '/settings/people/audit?text=no+such+act', ['people.audit.none']],
    loading: 'skeletons',
    failing: ['common.notAvailable'],
    refused: ['people.notAllowed'],
    isForAll: true,
  },
  '/settings/* account': {
    at: () => '/settings/account',
    // Who signed in with a name is tried in people.test.ts.
    full: ['people.notAllowed'],
    empty: ['people.notAllowed'],
    loading: 'skeletons',
    failing: ['common.notAvailable'],
    refused: ['people.notAllowed'],
    isForAll: true,
  },
  '/settings/* about': {
    at: () => '/settings/about',
    full: ['mtxdeck 0.0.0-test', 'settings.newest.title', 'bad port', 'settings.engineSince', 'settings.secrets'],
    empty: { never: 'the console has a version from the beginning' },
    loading: ['mtxdeck 0.0.0-test'],
    failing: { never: 'the engine said it as it greeted' },
  },
  '/help/*': {
    at: () => '/help/alarms#rules',
    full: ['pages.help', 'Alarms: reference', 'From a figure to a message'],
    empty: isManual,
    loading: ['From a figure to a message'],
    failing: isManual,
  },
  '/help/*?q searched': {
    at: () => '/help?q=acknowledge',
    full: ['pages.help', 'Alarms › An alarm'],
    empty: isManual,
    emptyAt: [() => '/help?q=no+such+words+anywhere', ['common.nothingFound']],
    loading: ['Alarms › An alarm'],
    failing: isManual,
  },
  '/welcome': { at: () => '/welcome', full: ['common.toTheOverview'], empty: ['welcome.title'], loading: ['welcome.title'], failing: ofFleet },
}

let deck: DemoConsole
let bare: TestConsole
let ids: Ids
beforeAll(async () => {
  // One without a stream, and one that is configured otherwise than most.
  const others: readonly DemoServerOptions[] = [
    { name: 'dresden', paths: [] },
    { name: 'erfurt', paths: [], version: '1.17' },
  ]
  // Its feed of releases is away.
  deck = await startDemoConsole(others, { updates: 'http://127.0.0.1:9/release.json' })
  bare = await startTestConsole()
  const { server } = deck.ids
  await letThingsHappen(deck)
  const gate = { name: 'the gate', project: 'north', notes: 'Key at the porter', streams: [{ use: 'main', serverId: server, path: 'cam-1' }] }
  const { id: camera } = await answer<{ readonly id: string }>('POST', 'cameras', gate)
  await answer('POST', 'cameras', { name: 'the vault', streams: [{ use: 'main', address: 'rtsp://10.255.255.1/1' }] })
  const servers = await answer<readonly { readonly id: string; readonly name: string }[]>('GET', 'servers')
  const idOf = (name: string) => servers.find((one) => one.name === name)?.id ?? ''
  ids = { ...deck.ids, server, camera, bare: idOf('dresden'), dead: idOf('the dead server') }
})
afterAll(async () => {
  await deck[Symbol.asyncDispose]()
  await bare[Symbol.asyncDispose]()
})

async function answer<T>(method: string, path: string, body?: object): Promise<T> {
  const sent = body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  const response = await deck.ask(`/api/${path}`, { method, ...sent })
  expect(response.ok, `${method} ${path}`).toBe(true)
  return (response.status === 204 ? null : await response.json()) as T
}

/** An alarm that is open and one that is closed, plans, a channel, templates, and a changed configuration. */
async function letThingsHappen({ url, ids: { server } }: DemoConsole): Promise<void> {
  // Nobody answers there.
  const dead = { url: 'http://127.0.0.1:9', auth: { kind: 'none' } }
  const old = await answer<{ readonly id: string }>('POST', 'servers', { name: 'the old server', ...dead })
  await answer('POST', 'servers', { name: 'the dead server', ...dead })
  const are = (list: 'alarms' | 'alarms/past', count: number) =>
    until(
      () => answer<readonly unknown[]>('GET', list),
      (found) => expect(found).toHaveLength(count),
    )
  await are('alarms', 2)
  await answer('DELETE', `servers/${old.id}`)
  await are('alarms/past', 1)
  await answer('POST', 'maintenance', { name: 'the works', zone: 'UTC', start: '2030-11-28T02:00', hours: 1, servers: ['Berlim'] })
  await answer('POST', 'on-air', { name: 'the show', zone: 'UTC', streams: ['no/such/*'], weekly: ['MO 10:00-11:00'] })
  await answer('POST', 'channels', { name: 'the desk', webhook: 'http://127.0.0.1:9/hook' })
  await answer('POST', 'accounts', { account: { name: 'ada', role: 'administrator' }, password: 'a long password' })
  await answer('POST', 'accounts/tokens', { name: 'the script', role: 'user' })
  const signsIn = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' },
    body: JSON.stringify({ name: 'ada', password: 'a long password' }),
  }
  expect((await fetch(`${url}/api/sign-in`, signsIn)).ok).toBe(true)
  await answer('POST', 'handovers', { name: 'Grace' })
  await answer('PUT', 'streams/naming', { templates: ['cam-{camera}'] })
  const path = `servers/${server}/configuration/path`
  const change = { path: 'cam-1', change: 'set', settings: { maxReaders: 7 } }
  const { basis } = await answer<{ readonly basis: string }>('POST', `${path}/preview`, change)
  await answer('POST', path, { ...change, basis, reason: 'more readers are expected' })
  await until(
    () => answer<{ readonly total: number }>('GET', `availability?of=stream&to=${Date.now()}`),
    ({ total }) => expect(total).toBe(5),
  )
}

test('every page and each of its tabs is in the table, and nothing else is', () => {
  const folder = join(import.meta.dirname, '../../src/renderer/pages')
  const fileOf = new Map(
    Array.from(readFileSync(join(folder, 'pages.tsx'), 'utf8').matchAll(/page\('(?<path>[^']+)'[\s\S]*?import\('\.\/(?<file>[^']+)'\)/g), ({ groups }) => [
      groups?.path ?? '',
      groups?.file ?? '',
    ]),
  )
  const rows = [...fileOf].flatMap(([path, file]) => {
    const source = readFileSync(join(folder, file), 'utf8')
    const tabs = /^const (?:tabs|views|sections) = \[(.+)\] as const$/m.exec(source)?.[1]
    return tabs === undefined ? [path] : Array.from(tabs.matchAll(/'(\w+)'/g), ([, tab]) => `${path} ${tab}`)
  })
  expect(Object.keys(pages).filter((row) => !row.includes('?'))).toEqual(rows)
})

/** Leaves the page before, goes there and waits until it says all of these. */
async function shows(window: ConsoleWindow, at: string, wanted: readonly string[]) {
  const words = await wordsInEnglish()
  const says = (texts: readonly string[], not: readonly string[] = []) =>
    vi.waitFor(() => {
      const text = window.text()
      for (const one of texts) expect(text).toContain(words(one))
      for (const one of not) expect(text).not.toContain(words(one))
    }, soon)
  window.go('/nowhere')
  await says(['noPage.title'])
  window.go(at)
  await says(wanted, ['noPage.title'])
}
const holdsNoPlaces = (window: ConsoleWindow) => expect.poll(() => window.skeletons(), soon).toBe(0)

type Row = readonly [row: string, page: PageText]
const rows = Object.entries(pages)
const isNever = (state: PageText['empty' | 'failing' | 'loading']): state is Never => typeof state === 'object' && 'never' in state

/** What is tried of some rows. */
interface Tried {
  readonly name: string
  readonly rows: readonly Row[]
  readonly begin?: (window: ConsoleWindow) => Promise<void>
  readonly check: (window: ConsoleWindow, page: PageText) => Promise<void>
}
/** Tries all of these in one window, one after the other. */
function inWindow(name: string, engine: () => TestConsole, options: WindowOptions, ...all: readonly Tried[]) {
  describe(name, () => {
    let window: ConsoleWindow
    beforeAll(async () => {
      window = await openWindow(engine().engine, options)
    })
    afterAll(() => window.close())
    for (const tried of all)
      describe(tried.name, () => {
        beforeAll(() => tried.begin?.(window))
        test.each(tried.rows)('%s', async (_row, page) => {
          await tried.check(window, page)
          expect(window.text()).not.toContain((await wordsInEnglish())('failure.title'))
          expect(window.emptyBoxes()).toBe(0)
        })
      })
  })
}

/** Headings and names that stand on a page whatever it knows. */
const ofBoth = ['timeline.title', 'naming.templates', 'common.retention', 'dresden', 'common.clearFilters']
const asking = rows.filter(([, { failing }]) => !isNever(failing))
const wordsOf = (state: readonly string[] | Never) => (isNever(state) ? [] : state)
/** From then on the streams are known, whatever becomes of other calls. */
const followFleet = async (window: ConsoleWindow) => {
  window.followFleet()
  await shows(window, '/servers', ['berlin', 'v1.20.1'])
}

/** Its report goes up to the last full five minutes, before which this console has not begun. */
const reportUpToNow: WindowOptions['asks'] = (path, input) => (path === 'availability.read' ? { ...(input as object), to: Date.now() } : input)

inWindow(
  'where all is answered',
  () => deck,
  { asks: reportUpToNow },
  {
    name: 'full: a page shows what there is',
    rows,
    check: async (window, page) => {
      await shows(window, page.at(ids), page.full)
      await holdsNoPlaces(window)
      expect(window.alerts()).not.toContain('')
    },
  },
  {
    name: 'empty: a page that has nothing to list where others have says so',
    rows: rows.filter(([, { emptyAt }]) => emptyAt !== undefined),
    check: async (window, { emptyAt, full }) => {
      const words = await wordsInEnglish()
      const [at, says] = emptyAt ?? expect.fail('it has such an address')
      await shows(window, at(ids), says)
      await holdsNoPlaces(window)
      expect(full.every((text) => window.text().includes(words(text)))).toBe(false)
    },
  },
)

inWindow(
  'where nothing is watched',
  () => bare,
  {},
  {
    name: 'empty: a page says that there is nothing, and not that it loads',
    rows: rows.filter(([, { empty }]) => !isNever(empty)),
    check: async (window, page) => {
      await shows(window, page.at(ids), wordsOf(page.empty))
      await holdsNoPlaces(window)
    },
  },
)

inWindow(
  'while the engine does not answer',
  () => deck,
  { link: 'hangs' },
  {
    name: 'loading: a page holds the places of what is on its way, and says nothing about it',
    rows,
    check: async (window, page) => {
      await shows(window, page.at(ids), page.loading === 'skeletons' ? [] : page.loading)
      if (page.loading === 'skeletons') await expect.poll(() => window.skeletons(), soon).toBeGreaterThan(0)
      // What is not known is not nothing.
      expect(window.text()).not.toMatch(/\b0 of 0\b/)
    },
  },
  {
    name: 'loading: also where the streams are known, but not what it asks for itself',
    rows: asking,
    begin: followFleet,
    check: async (window, page) => {
      const words = await wordsInEnglish()
      await shows(window, page.at(ids), page.loading === 'skeletons' ? [] : page.loading)
      await expect.poll(() => window.skeletons(), soon).toBeGreaterThan(0)
      for (const text of [...wordsOf(page.empty), ...(page.emptyAt?.[1] ?? [])].filter((one) => !page.full.includes(one) && !ofBoth.includes(one)))
        expect(window.text()).not.toContain(words(text))
    },
  },
)

const refusal = 'This needs the permission "view"; Guest has none.'
const told = (reason: string): Pick<Tried, 'rows' | 'check'> => ({
  rows,
  check: (window, page) => shows(window, page.at(ids), ['banner.fleetTitle', reason]),
})
const toldByItself = (reason: string, says: (page: PageText) => readonly string[]): Pick<Tried, 'rows' | 'begin' | 'check'> => ({
  rows: asking,
  begin: followFleet,
  check: async (window, page) => {
    await shows(window, page.at(ids), page.isForAll && reason === refusal ? says(page) : [...says(page), reason])
    await holdsNoPlaces(window)
  },
})
inWindow(
  'while the engine fails',
  () => deck,
  { link: 'fails' },
  { name: 'failing: a page says why', ...told(failureText) },
  { name: 'failing: also of what it asks for itself, and not that it loads', ...toldByItself(failureText, ({ failing }) => wordsOf(failing)) },
)

inWindow(
  'without a permission',
  () => deck,
  { operator: guest(null) },
  { name: 'no permission: a page says which one it needs, and who can give it', ...told(refusal) },
  {
    name: 'no permission: also of what it asks for itself, and not that it loads',
    ...toldByItself(refusal, ({ failing, refused }) => refused ?? wordsOf(failing)),
  },
)

test('a page says why it has the list and not what it opens of it', async () => {
  const words = await wordsInEnglish()
  const window = await openWindow(deck.engine, { link: 'detailsFail' })
  onTestFinished(() => window.close())
  await shows(window, '/probes/daily', ['common.cannotBeRead', failureText])
  await holdsNoPlaces(window)
  const [{ id } = expect.fail('there is one')] = await answer<readonly { readonly id: string }[]>('GET', 'alarms')
  await shows(window, alarms('now', `&id=${id}`), ['the dead server', words('alarms.notRead', { reason: failureText })])
  await holdsNoPlaces(window)
})

test('in the past the page of probes shows nothing of now, and there is nothing to do', async () => {
  const words = await wordsInEnglish()
  const window = await openWindow(deck.engine, {})
  onTestFinished(() => window.close())
  window.go(`/probes?id=${deck.ids.probe}`)
  await expect.poll(() => window.text(), soon).toContain(words('common.readNow'))
  window.go(`/probes?id=${deck.ids.probe}&at=${Date.now() - 3_600_000}`)
  await expect.poll(() => window.text(), soon).toContain(words('probes.thenOnly'))
  await expect.poll(() => window.text(), soon).toContain(words('probes.verdict.unknown'))
  for (const id of ['common.readNow', 'common.addAProbe', 'probes.import', 'probes.verdict.connecting', 'common.neverRead', 'daily.noneCan'])
    expect(window.text()).not.toContain(words(id))
})

test('where all is well no banner stands in the settings of history', async () => {
  // The limits of a new console may be more than this disk has.
  const limits = Object.fromEntries(keptKinds.map((kept) => [kept, { days: 1, bytes: 10e6 }]))
  const kept = await deck.ask('/api/history/keep', { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(limits) })
  expect(kept.status).toBe(200)
  const window = await openWindow(deck.engine, {})
  onTestFinished(() => window.close())
  window.go('/settings/history')
  await expect.poll(() => window.text()).toMatch(/\d kB|\d MB/)
  expect(window.alerts()).toEqual([])
})
