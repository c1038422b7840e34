import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { browseConsole, type Folder, goToAddress, makeFolder, type OpenConsole, openBrowser } from './consoles.ts'
import { browserMissing } from './missing.ts'
import { recordedDay } from './recordedDay.ts'
import { catalogueOf, said } from './said.ts'
import { settled, violationsOf } from './violations.ts'

// WCAG 2 A and AA, judged by axe: every page, every tab, and what opens on them, of a demo in trouble, in both themes.

const missing = browserMissing()
test.skip(missing !== null, missing ?? '')
test.describe.configure({ mode: 'default' })

let folder: Folder
let sat: OpenConsole
let page: Page
let began = 0
let ids: { readonly servers: ReadonlyMap<string, string>; readonly host: string; readonly probes: readonly string[]; readonly alarm: string }

const en = catalogueOf('en')
const ask = (path: string) => page.evaluate((address) => fetch(address).then((answer) => answer.json() as Promise<unknown>), `/api${path}`)
const send = (path: string, body: unknown) =>
  page.evaluate(
    async ([address, json]) => {
      const answer = await fetch(address, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: json })
      if (!answer.ok) throw new Error(`${address}: ${answer.status} ${await answer.text()}`)
    },
    [`/api${path}`, JSON.stringify(body)] as const,
  )

test.beforeAll(async () => {
  test.setTimeout(240_000)
  folder = await makeFolder()
  const config = join(folder.dir, 'mtxdeck.yaml')
  writeFileSync(
    config,
    JSON.stringify({
      servers: [{ name: 'Dead', url: 'http://127.0.0.1:9' }],
      channels: [{ name: 'ops', webhook: 'http://127.0.0.1:9/hook', atMost: 10 }],
      routes: [{ to: ['ops'], severities: ['critical', 'major'], escalate: { afterMinutes: 10, to: ['ops'] } }],
      rules: [{ id: 'manyReaders', metric: 'path.readers', above: 5000 }],
      maintenance: [{ name: 'patch night', start: '2040-01-28T02:00', zone: 'Europe/Berlin', hours: 2, rrule: 'FREQ=MONTHLY;BYDAY=-1SA' }],
      onAir: [{ name: 'office hours', streams: ['lobby/*'], zone: 'Europe/Berlin', weekly: ['MO-FR 08:00-18:00'] }],
      drill: { days: 'MO', at: '10:00', zone: 'Europe/Berlin' },
    }),
  )
  sat = await browseConsole(['start', '--listen', '127.0.0.1:0', '--data-dir', join(folder.dir, 'data'), '--demo', '--config', config])
  began = Date.now()
  const storageState = await sat.page.context().storageState()
  const origin = new URL(sat.page.url()).origin
  await sat.page.goto('about:blank')
  // Nothing moves: the colours between two themes are no theme's.
  const context = await (await openBrowser()).newContext({ storageState, locale: 'en-US', viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  page = await context.newPage()
  await page.goto(origin)
  await expect(page.getByRole('region', { name: 'Penalty box' })).toContainText('Dead', { timeout: 60_000 })
  const servers = (await ask('/servers')) as readonly { readonly id: string; readonly name: string }[]
  const hosts = (await ask('/hosts')) as readonly { readonly id: string }[]
  const probes = (await ask('/probes')) as readonly { readonly id: string }[]
  const alarms = async () => (await ask('/alarms')) as readonly { readonly id: string }[]
  await expect.poll(async () => (await alarms()).length, { timeout: 60_000 }).toBeGreaterThan(3)
  const [first, second, third] = await alarms()
  ids = { servers: new Map(servers.map(({ name, id }) => [name, id])), host: hosts[0]?.id ?? '', probes: probes.map(({ id }) => id), alarm: third?.id ?? '' }
  await send('/alarms/acknowledge', { ids: [first?.id] })
  await send('/alarms/shelve', { ids: [second?.id], until: began + 3_600_000, reason: 'known since Friday' })
  await send('/alarms/comment', { ids: [third?.id], text: 'the encoder was changed' })
})
test.afterAll(async () => {
  await page?.context().close()
  await sat?.close()
  await folder?.remove()
})

const server = (name: string) => `/servers/${ids.servers.get(name)}`
/** The page of recordings with those of one stream open. */
const recordingsOf = (name: string, path: string) => `/recordings?${new URLSearchParams({ of: ids.servers.get(name) ?? '', path, day: recordedDay })}`

const addresses: Readonly<Record<string, readonly (() => string)[]>> = {
  '/': [() => '/', () => `/?at=${began - 3 * 3_600_000}`],
  '/streams': [() => '/streams', () => '/streams?q=zzz', () => '/streams?group=.lives'],
  '/alarms': [
    () => '/alarms',
    () => '/alarms?q=zzz',
    ...['history', 'availability', 'maintenance', 'rules', 'channels'].map((tab) => () => `/alarms?tab=${tab}`),
    ...['hostCpu', 'streamGone'].map((rule) => () => `/alarms?tab=rules&rule=${rule}`),
    () => `/alarms?at=${began - 3 * 3_600_000}`,
  ],
  '/wall': [
    ...['', '?wall=all', '?wall=all&rotate=60', '?wall=zzz', '?wall=all&full=1'].map((query) => () => `/wall${query}`),
    () => `/wall?wall=all&at=${began - 3 * 3_600_000}`,
  ],
  '/servers': [() => '/servers'],
  '/sessions': ['', '?q=zzz', '?span=day', '?span=hour&q=zzz', '?by=network'].map((query) => () => `/sessions${query}`),
  '/recordings': [...['', '?q=zzz', '?span=month'].map((query) => () => `/recordings${query}`), () => recordingsOf('Köln', 'studio-b/clean')],
  '/history': [() => '/history', () => `/history?from=${began - 6 * 3_600_000}&to=${began}&compare=day`],
  '/hosts': [() => '/hosts'],
  '/hosts/:hostId': ['', '?charts=disks', '?charts=networks', '?charts=media'].map((query) => () => `/hosts/${ids.host}${query}`),
  '/probes': [
    () => '/probes',
    () => '/probes?q=zzz',
    // One that is read, and one that is not.
    () => `/probes?id=${ids.probes[0]}`,
    () => `/probes?id=${ids.probes[2]}`,
    () => `/probes?id=${ids.probes[0]}&at=${Date.now()}`,
  ],
  '/probes/daily': ['', '?q=zzz', '?camera=0'].map((query) => () => `/probes/daily${query}`),
  '/cameras': [() => '/cameras', () => '/cameras?view=proposed'],
  '/cameras/:cameraId': [() => '/cameras/none'],
  '/handover': [() => '/handover'],
  '/sessions/watched': [() => '/sessions/watched'],
  '/planner': [() => '/planner', () => '/planner?streams=zero&mbit=1,5'],
  '/servers/configurations': ['', '?q=timeout'].map((query) => () => `/servers/configurations${query}`),
  '/servers/:serverId': [
    ...['', '?tab=streams', '?tab=sessions', '?tab=configuration'].map((query) => () => `${server('Hamburg-2')}${query}`),
    () => server('Dead'),
    () => '/servers/server-zzzzzz',
  ],
  '/servers/:serverId/streams/*': [
    () => `${server('Hamburg-2')}/streams/bridge/cam-7`,
    () => `${server('Hamburg-2')}/streams/bridge/cam-7?at=${began - 3 * 3_600_000}`,
    () => `${server('Berlin-1')}/streams/north/gate`,
    () => `${server('Berlin-1')}/streams/nothing/here`,
  ],
  '/settings/*': ['servers', 'streams', 'pictures', 'display', 'notifications', 'history', 'people', 'about'].map((section) => () => `/settings/${section}`),
  '/help/*': ['', '/alarms-reference#rules', '/headless', '?q=acknowledge', '?q=zzzz'].map((rest) => () => `/help${rest}`),
  '/welcome': [() => '/welcome'],
  '*': [() => '/404'],
}

test('no page is left out', () => {
  const rows = readFileSync(new URL('../../src/renderer/pages/pages.tsx', import.meta.url), 'utf8')
  const paths = [...rows.matchAll(/ page\('([^']+)'/g)].map(([, path]) => path)
  expect(Object.keys(addresses).sort()).toEqual([...paths, '*'].sort())
})

const violations = (within?: string) => violationsOf(page, within)

for (const [row, all] of Object.entries(addresses))
  test(`${row} can be used by everybody`, async () => {
    test.setTimeout(240_000)
    const found: string[] = []
    for (const address of all) {
      await goToAddress(page, address())
      for (const violation of await violations()) found.push(`${address()} ${violation}`)
    }
    expect(found).toEqual([])
  })

/** Presses the first button with this word of the catalogue in its name. */
const press = (key: string) =>
  page
    .getByRole('button', { name: said(en, key) })
    .first()
    .click()
const isOpen = () => expect(page.getByRole('dialog')).toBeVisible()
const chooseAlarm = () =>
  page
    .getByRole('checkbox', { name: /^Select (?!all)/ })
    .first()
    .check()

/** Where what opens is drawn: the page below it has been judged by itself. */
const floating = `[role="dialog"], [data-radix-popper-content-wrapper], section[aria-label="${said(en, 'common.details')}"]`
/** What opens on a page, and how. */
const opened: Readonly<Record<string, readonly [address: () => string, open: () => Promise<void>]>> = {
  'the palette': [() => '/', () => page.keyboard.press('Control+k')],
  'the keys': [() => '/streams', () => page.keyboard.press('?')],
  'the entry of a moment': [() => '/', () => press('past.goTo')],
  'the menu of sound': [() => '/', () => press('notifications.soundOff')],
  'a free stretch of time': [() => server('Hamburg-2'), () => press('history.free')],
  'the saved views': [() => '/streams', () => press('streams.views')],
  'the columns': [() => '/streams', () => press('common.columns')],
  'the servers to choose from': [() => '/streams', () => press('common.server')],
  'how long sessions are kept': [() => '/sessions?span=day', () => press('sessions.past.keepTitle')],
  'disconnecting a session': [() => '/sessions?role=publisher', () => press('sessions.kick')],
  'deleting recordings': [() => recordingsOf('Köln', 'studio-a/pgm'), () => press('recordings.delete')],
  'the diagnosis of a server': [() => server('Hamburg-2'), () => press('diagnosis.button')],
  'changing path settings': [() => `${server('Hamburg-2')}?tab=configuration`, () => press('pathEdits.button')],
  'the settings of a path': [
    () => `${server('Hamburg-2')}?tab=configuration`,
    async () => {
      await press('pathEdits.button')
      await page.getByRole('textbox', { name: said(en, 'common.path') }).fill('all_others')
      await press('pathEdits.read')
      await page.getByLabel(said(en, 'common.search')).fill('record')
    },
  ],
  'the export of a bundle': [() => '/history', () => press('bundle.title')],
  'the details of an alarm': [() => `/alarms?id=${ids.alarm}`, async () => {}],
  'the comment on an alarm': [() => `/alarms?id=${ids.alarm}`, () => press('alarms.comment')],
  'the shelf': [
    () => '/alarms',
    async () => {
      await chooseAlarm()
      await page.keyboard.press('s')
      await isOpen()
    },
  ],
  'a rule that is added': [() => '/alarms?tab=rules&edit=new', isOpen],
  'a rule that is changed': [() => '/alarms?tab=rules&rule=streamGone&edit=streamGone', isOpen],
  'a limit that is changed': [() => '/alarms?tab=rules&rule=hostCpu&edit=hostCpu', isOpen],
  'an exception of a rule': [() => '/alarms?tab=rules&rule=streamGone', () => press('rules.form.exceptionTitle')],
  'a remedy that is added': [() => '/alarms?tab=rules&rule=streamStalled', () => press('common.add')],
  'a channel that is added': [() => '/alarms?tab=channels', () => press('channels.form.add')],
  'a heartbeat that is set up': [() => '/alarms?tab=channels', () => press('channels.form.heartbeatTitle')],
  'maintenance that is announced': [() => '/alarms?tab=maintenance&edit=new', isOpen],
  'times on air that are added': [() => '/alarms?tab=maintenance&onAir=new', isOpen],
  'a wall that is made': [() => '/wall?edit=new', isOpen],
  'streams that are added to a wall': [
    () => '/wall?edit=new',
    async () => {
      await page.getByLabel(said(en, 'common.streams'), { exact: true }).click()
      await page.getByRole('option', { name: said(en, 'wall.form.oneByOne') }).click()
      await press('wall.form.addStreams')
      await page.getByRole('option').first().waitFor()
    },
  ],
  'a server that is added, entered wrongly': [
    () => '/settings/servers?add',
    async () => {
      await page.getByLabel(said(en, 'serverForm.url'), { exact: true }).fill('ftp://x')
      await press('editing.test')
    },
  ],
  'a host that is added': [() => '/hosts?add', isOpen],
  'a probe that is added, entered wrongly': [
    () => '/probes?add',
    async () => {
      await page.getByLabel(said(en, 'probes.form.url'), { exact: true }).fill('ftp://x')
      await press('editing.test')
    },
  ],
  'a probe that looks into pictures and sound, entered wrongly': [
    () => '/probes?add',
    async () => {
      await page.getByText(said(en, 'probes.content.title'), { exact: true }).click()
      await page.getByLabel(said(en, 'probes.content.checks.frozen'), { exact: true }).check()
      await page.getByText(said(en, 'probes.content.fold'), { exact: true }).click()
      await page.getByLabel(said(en, 'probes.content.thresholds.frozenDb'), { exact: true }).fill('7')
      await press('editing.test')
    },
  ],
  'probes that are imported': [() => '/probes?import', isOpen],
  'how probes are read': [() => '/probes?settings', isOpen],
  canaries: [() => '/probes?canaries', isOpen],
  'a canary': [() => '/probes?canary=', isOpen],
  'other consoles': [() => '/probes?remotes', isOpen],
  'another console': [() => '/probes?remote=', isOpen],
  'how cameras are checked': [() => '/probes/daily?settings', isOpen],
  'a check by hand': [() => '/probes/daily?run', isOpen],
  'how snapshots are taken': [() => '/settings/pictures?edit', isOpen],
}

for (const [name, [address, open]] of Object.entries(opened))
  test(`${name} can be used by everybody`, async () => {
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await goToAddress(page, '/404')
    await goToAddress(page, address())
    await settled(page)
    await open()
    await expect(page.locator(floating).first()).toBeVisible()
    expect(await violations(floating)).toEqual([])
  })

test('what is not accessible is found', async () => {
  await goToAddress(page, '/welcome')
  expect(await violations()).toEqual([])
  await page.evaluate(() => {
    const plant = document.createElement('div')
    plant.style.cssText = 'position: fixed; inset: 0 auto auto 0; z-index: 9999'
    plant.innerHTML = '<button></button><p style="color: #777; background: #888">grey</p><input>'
    document.body.append(plant)
  })
  const found = (await violations()).join('\n')
  for (const rule of ['dark button-name', 'dark color-contrast', 'light color-contrast', 'dark label']) expect(found).toContain(rule)
  await page.reload()
})
