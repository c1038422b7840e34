import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.ts'
import { keptKinds } from '../../src/shared/tiers.ts'
import { type DemoConsole, startDemoConsole } from './demoConsole.ts'
import { soon } from './openDialog.ts'
import { type ConsoleWindow, failureWords, guest, openWindow, pathsOfPages, type WindowOptions, wordsInEnglish } from './openWindow.ts'

/** What a page says in each of its states, as keys of the catalogue or, of names and figures, as the texts themselves. */
interface PageWords {
  readonly at: (ids: DemoConsole['ids']) => string
  /** There is something to show. */
  readonly full: readonly string[]
  /** Nothing is watched, or what its address names does not exist. */
  readonly empty: readonly string[]
  /** The engine has not answered: what it says meanwhile, where it holds no place for what is on its way. */
  readonly loading: 'skeletons' | readonly string[]
  /** Where what it asks for itself is not answered; that the streams can't be read stands above every page. */
  readonly failing?: readonly string[]
}

/** One row a page: a page that has none fails below. */
const pages: Readonly<Record<string, PageWords>> = {
  '/': { at: () => '/', full: ['overview.map', 'berlin', 'overview.penaltyEmpty'], empty: ['welcome.title'], loading: 'skeletons' },
  '/streams': { at: () => '/streams', full: ['cam-0', 'cam-4', 'berlin'], empty: ['overview.firstRun'], loading: 'skeletons' },
  '/alarms': { at: () => '/alarms', full: ['alarms.well'], empty: ['alarms.none'], loading: 'skeletons' },
  '/wall': {
    at: () => '/wall?wall=all',
    full: ['wall.all', 'cam-0', 'cam-4', 'berlin', 'wall.sign.notFetched'],
    empty: ['overview.firstRun'],
    loading: 'skeletons',
    failing: ['wall.failed'],
  },
  '/servers': { at: () => '/servers', full: ['berlin', 'v1.20.1'], empty: ['settings.none'], loading: 'skeletons' },
  '/sessions': {
    at: () => '/sessions',
    full: ['sessions.publishers', 'cam-0', 'berlin'],
    empty: ['sessions.none'],
    loading: 'skeletons',
    failing: ['sessions.failed'],
  },
  '/recordings': {
    at: () => '/recordings',
    full: ['recordings.column.covered', 'cam-0', 'berlin'],
    empty: ['recordings.none'],
    loading: 'skeletons',
    failing: ['recordings.failed'],
  },
  '/history': { at: () => '/history', full: ['timeline.title'], empty: ['timeline.title'], loading: 'skeletons', failing: ['history.failed'] },
  '/hosts': { at: () => '/hosts', full: ['srv-berlin'], empty: ['hosts.none'], loading: 'skeletons', failing: ['hosts.failed'] },
  '/hosts/:hostId': { at: ({ host }) => `/hosts/${host}`, full: ['srv-berlin', 'hosts.disks'], empty: ['hosts.notFound'], loading: 'skeletons' },
  '/probes': {
    at: ({ probe }) => `/probes?id=${probe}`,
    full: ['probe-berlin', 'rtsp://***@127.0.0.1:9/cam', 'probes.noneRead', 'probes.neverRead', 'probes.toRules'],
    empty: ['probes.none'],
    loading: 'skeletons',
    failing: ['probes.failed'],
  },
  '/probes/daily': {
    at: () => '/probes/daily',
    full: ['daily.column.found', 'probe-berlin', 'cam-0', 'daily.verdict.notChecked', 'daily.noneCan'],
    empty: ['daily.none', 'daily.off'],
    loading: 'skeletons',
    failing: ['daily.failed'],
  },
  '/planner': { at: () => '/planner', full: ['planner.needed', 'srv-berlin'], empty: ['planner.ownNone'], loading: ['planner.needed'] },
  '/servers/configurations': {
    at: () => '/servers/configurations?view=search&q=readTimeout',
    full: ['readTimeout', 'berlin', '10s'],
    empty: ['settings.none'],
    loading: 'skeletons',
  },
  '/servers/:serverId': { at: ({ server }) => `/servers/${server}`, full: ['berlin', 'server.tab.sessions'], empty: ['server.notFound'], loading: 'skeletons' },
  '/servers/:serverId/streams/*': {
    at: ({ server }) => `/servers/${server}/streams/cam-1`,
    full: ['cam-1', 'stream.whatItIs', 'playability.notTried'],
    empty: ['stream.notFound'],
    loading: 'skeletons',
    failing: ['stream.notRead'],
  },
  '/settings/*': { at: () => '/settings/servers', full: ['berlin', 'settings.yaml'], empty: ['settings.none'], loading: 'skeletons' },
  '/welcome': { at: () => '/welcome', full: ['welcome.toOverview'], empty: ['welcome.title'], loading: ['welcome.title'] },
}

let deck: DemoConsole
let bare: TestConsole
beforeAll(async () => {
  deck = await startDemoConsole()
  bare = await startTestConsole()
})
afterAll(async () => {
  await deck[Symbol.asyncDispose]()
  await bare[Symbol.asyncDispose]()
})

test('every page is in the table, and nothing else is', async () => {
  expect(Object.keys(pages)).toEqual(await pathsOfPages())
})

/** Leaves the page before, goes there and waits until it says all of these. */
async function shows(window: ConsoleWindow, page: PageWords, wanted: readonly string[]) {
  const words = await wordsInEnglish()
  const says = (texts: readonly string[], not: readonly string[] = []) =>
    vi.waitFor(() => {
      const text = window.text()
      for (const one of texts) expect(text).toContain(words(one))
      for (const one of not) expect(text).not.toContain(words(one))
    }, soon)
  window.go('/nowhere')
  await says(['noPage.title'])
  window.go(page.at(deck.ids))
  await says(wanted, ['noPage.title'])
}
const failed = 'failure.title'

function inWindow(name: string, engine: () => TestConsole, options: WindowOptions, check: (window: ConsoleWindow, page: PageWords) => Promise<void>) {
  describe(name, () => {
    let window: ConsoleWindow
    beforeAll(async () => {
      window = await openWindow(engine().engine, options)
    })
    afterAll(() => window.close())
    test.each(Object.entries(pages))('%s', async (_path, page) => {
      await check(window, page)
      expect(window.text()).not.toContain((await wordsInEnglish())(failed))
    })
  })
}

inWindow(
  'full: a page shows what there is',
  () => deck,
  {},
  async (window, page) => {
    await shows(window, page, page.full)
    await expect.poll(() => window.skeletons()).toBe(0)
    expect(window.alerts()).not.toContain('')
  },
)

inWindow(
  'empty: a page says that there is nothing, and not that it loads',
  () => bare,
  {},
  async (window, page) => {
    await shows(window, page, page.empty)
    await expect.poll(() => window.skeletons()).toBe(0)
  },
)

inWindow(
  'loading: a page holds the places of what is on its way, and says nothing about it',
  () => deck,
  { link: 'hangs' },
  async (window, page) => {
    await shows(window, page, page.loading === 'skeletons' ? [] : page.loading)
    if (page.loading === 'skeletons') await expect.poll(() => window.skeletons()).toBeGreaterThan(0)
    // What is not known is not nothing.
    expect(window.text()).not.toMatch(/\b0 of 0\b/)
  },
)

inWindow(
  'failing: a page says why',
  () => deck,
  { link: 'fails' },
  (window, page) => shows(window, page, ['banner.fleetTitle', failureWords, ...(page.failing ?? [])]),
)

inWindow(
  'no permission: a page says which one it needs, and who can give it',
  () => deck,
  { operator: guest(null) },
  (window, page) => shows(window, page, ['banner.fleetTitle', 'This needs the permission "view"; Guest has none.', ...(page.failing ?? [])]),
)

test('in the past the page of probes shows nothing of now, and there is nothing to do', async () => {
  const words = await wordsInEnglish()
  const window = await openWindow(deck.engine, {})
  onTestFinished(() => window.close())
  window.go(`/probes?id=${deck.ids.probe}`)
  await expect.poll(() => window.text(), soon).toContain(words('probes.readNow'))
  window.go(`/probes?id=${deck.ids.probe}&at=${Date.now() - 3_600_000}`)
  await expect.poll(() => window.text(), soon).toContain(words('probes.thenOnly'))
  await expect.poll(() => window.text(), soon).toContain(words('probes.verdict.unknown'))
  for (const id of ['probes.readNow', 'probes.add', 'probes.import', 'probes.verdict.connecting', 'probes.neverRead', 'probes.noneRead'])
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
