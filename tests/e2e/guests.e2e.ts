import { expect, type Page, test } from '@playwright/test'
import { browseConsole, type Folder, goToAddress, listen, makeFolder, type OpenConsole, openBrowser } from './consoles.ts'
import { browserMissing } from './missing.ts'
import { violationsOf } from './violations.ts'

// A guest with a link, in a browser of his own: what was shared with him and nothing else, until the link is revoked.

const missing = browserMissing()
test.skip(missing !== null, missing ?? '')
test.describe.configure({ mode: 'serial' })

let folder: Folder
let sat: OpenConsole
let origin = ''
let guest: Page
let complaints: readonly string[] = []
let link = ''

test.beforeAll(async () => {
  folder = await makeFolder()
  sat = await browseConsole(['start', '--listen', '127.0.0.1:0', '--data-dir', folder.dir, '--demo'])
  origin = new URL(sat.page.url()).origin
  const context = await (await openBrowser()).newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US', reducedMotion: 'reduce' })
  guest = await context.newPage()
  complaints = listen(guest)
})
test.afterAll(async () => {
  await guest?.context().close()
  await sat?.close()
  await folder?.remove()
})

const dialog = () => sat.page.getByRole('dialog')

test('a stream is found by typing its name, and shared with a link', async () => {
  const { page } = sat
  const asks = page.context().request
  const live = async () =>
    (
      (await (await asks.get(`${origin}/api/streams`)).json()) as readonly {
        readonly serverId: string
        readonly name: string
        readonly server: string
        readonly state: string
      }[]
    ).find(
      // Where the demo makes no trouble.
      ({ state, server }) => state === 'live' && server === 'Graz',
    )
  await expect.poll(live).toBeTruthy()
  const { serverId, name: path } = (await live()) ?? { serverId: '', name: '' }
  for (const [name, streams] of [
    ['Harbour gate', [{ use: 'main', serverId, path }]],
    ['Vault', []],
  ] as const) {
    const answer = await asks.post(`${origin}/api/cameras`, { data: { name, streams }, headers: { Origin: origin } })
    expect(answer.status()).toBe(201)
  }
  await goToAddress(page, '/settings/people/guests?new=yes')
  await dialog().getByLabel('Name', { exact: true }).fill('The fair')
  await dialog().getByLabel('Streams', { exact: true }).fill(`Graz / ${path}`)
  await dialog().getByRole('button', { name: 'Add', exact: true }).click()
  link = (await dialog().getByText('/guest/mtxg_').textContent())?.trim() ?? ''
  expect(link).toMatch(new RegExp(`^${origin}/guest/mtxg_[\\w-]{43}$`))
  await dialog().getByRole('button', { name: 'Close' }).last().click()
  expect(await violationsOf(page)).toEqual([])
})

test('the guest sees the picture of what was shared, and nothing else', async () => {
  await guest.goto(link)
  await expect(guest.getByRole('heading', { name: 'The fair' })).toBeVisible()
  await expect(guest.locator('figure')).toHaveCount(1)
  await expect(guest.locator('figure')).toContainText('Harbour gate')
  await expect(guest.locator('figure')).toContainText('On air')
  await expect(guest.locator('figure :is(img, video):visible').first()).toBeVisible()
  expect(await guest.locator('body').textContent()).not.toMatch(/Vault|Alarms|Server/)
  expect(guest.url()).not.toContain('mtxg_')
  for (const path of ['/api/streams', '/api/cameras', '/api/guests', '/api/openapi.json', '/metrics'])
    expect([path, (await guest.context().request.get(`${origin}${path}`)).status()]).toEqual([path, 401])
  expect(await violationsOf(guest)).toEqual([])
  const other = await guest.context().newPage()
  await other.goto(origin)
  await expect(other.getByRole('button', { name: 'Sign in' }).first()).toBeVisible()
  await other.close()
})

test('after it was revoked, the guest reads that the link ended, without opening it again', async () => {
  await sat.page.getByRole('button', { name: 'Revoke The fair' }).click()
  await dialog().getByRole('button', { name: 'Revoke', exact: true }).click()
  await expect(guest.getByText('This link has ended')).toBeVisible()
  await expect(guest.locator('figure')).toHaveCount(0)
  await guest.goto(link)
  await expect(guest.getByText('This link has ended')).toBeVisible()
  // That it has ended is said by the browser as well.
  expect([...sat.complaints, ...complaints].filter((text) => !/410 \(Gone\)|40[14] \(/.test(text))).toEqual([])
})
