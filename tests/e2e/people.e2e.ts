import { expect, type Page, test } from '@playwright/test'
import { Secret, TOTP } from 'otpauth'
import { browseConsole, type Folder, goToAddress, goToPage, listen, makeFolder, type OpenConsole, openBrowser, rowOf } from './consoles.ts'
import { browserMissing } from './missing.ts'
import { violationsOf } from './violations.ts'

// An administrator, a moderator and a user at one console, each in a browser of his own, from the first account to signing out.

const missing = browserMissing()
test.skip(missing !== null, missing ?? '')
test.describe.configure({ mode: 'serial' })

const passwords = { anna: 'anna watches the fleet', moritz: 'moritz keeps the cameras', uta: 'uta sees the gate only' }
type Person = keyof typeof passwords

let folder: Folder
let sat: OpenConsole
let origin = ''
let anna: Page
let moritz: Page
let uta: Page
/** What each page complained about. */
const complaints: (readonly string[])[] = []

async function openPage(): Promise<Page> {
  const context = await (await openBrowser()).newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US', reducedMotion: 'reduce' })
  const page = await context.newPage()
  complaints.push(listen(page))
  return page
}

async function enter(page: Page, name: Person, password = passwords[name]): Promise<void> {
  await page.goto(origin)
  const form = page.locator('#by-name')
  await form.getByLabel('Name').fill(name)
  await form.getByLabel('Password').fill(password)
  await form.getByRole('button', { name: 'Sign in' }).click()
}
const signedInAs = (page: Page, name: Person) => page.getByRole('button', { name: `Signed in as ${name}` })
async function signOut(page: Page, name: Person): Promise<void> {
  await signedInAs(page, name).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.locator('#by-name')).toBeVisible()
}
const dialog = (page: Page) => page.getByRole('dialog')
async function choose(page: Page, label: string, option: string): Promise<void> {
  await dialog(page).getByLabel(label, { exact: true }).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}
async function typePassword(page: Page, label: string, password: string): Promise<void> {
  await dialog(page).getByLabel(label, { exact: true }).fill(password)
  await dialog(page).getByLabel('Password again').fill(password)
}
async function changePassword(page: Page, name: Person): Promise<void> {
  const next = `${passwords[name]}, anew`
  await page.getByRole('button', { name: 'Change password' }).click()
  await dialog(page).getByLabel('Present password').fill(passwords[name])
  await typePassword(page, 'New password', next)
  await dialog(page).getByRole('button', { name: 'Change', exact: true }).click()
  await expect(page.getByText('The password was changed.', { exact: false })).toBeVisible()
  passwords[name] = next
}
/** Asks with the session of this browser, as a script would. */
const ask = (page: Page, path: string) => page.context().request.get(`${origin}${path}`)
/** Of everything that the interface reads, and that needs nothing to be named, what this browser is not refused, as forbidden or as not there. */
async function readable(page: Page, below = ''): Promise<string[]> {
  const { paths } = (await (await ask(anna, '/api/openapi.json')).json()) as { readonly paths: Readonly<Record<string, object>> }
  const plain = Object.entries(paths).flatMap(([path, methods]) => ('get' in methods && !path.includes('{') && path.startsWith(below) ? [`/api${path}`] : []))
  expect(plain.length).toBeGreaterThan(below === '' ? 40 : 4)
  const statuses = await Promise.all(plain.map(async (path) => (await ask(page, path)).status()))
  return plain.filter((_, at) => ![403, 404].includes(statuses[at] ?? 0))
}
const camerasOf = (page: Page) => page.getByRole('grid', { name: 'Cameras' }).getByRole('link')

test.beforeAll(async () => {
  folder = await makeFolder()
  sat = await browseConsole(['start', '--listen', '127.0.0.1:0', '--data-dir', folder.dir, '--demo'])
  origin = new URL(sat.page.url()).origin
  anna = await openPage()
  moritz = await openPage()
  uta = await openPage()
})
test.afterAll(async () => {
  for (const page of [anna, moritz, uta]) await page?.context().close()
  await sat?.close()
  await folder?.remove()
})

test('whoever has the token adds an administrator, who adds the others', async () => {
  const { page } = sat
  await goToAddress(page, '/settings/people')
  await page.getByRole('button', { name: 'Add an administrator' }).click()
  await dialog(page).getByLabel('Name', { exact: true }).fill('anna')
  await typePassword(page, 'Password', passwords.anna)
  await dialog(page).getByRole('button', { name: 'Add', exact: true }).click()
  await expect(rowOf(page, 'anna')).toContainText('Administrator')

  await enter(anna, 'anna')
  await expect(signedInAs(anna, 'anna')).toBeVisible()
  await goToAddress(anna, '/settings/people')
  const add = async (name: Person, role: string, groups: string) => {
    await anna.getByRole('button', { name: 'Add an account' }).click()
    await dialog(anna).getByLabel('Name', { exact: true }).fill(name)
    await typePassword(anna, 'Password', passwords[name])
    await choose(anna, 'Role', role)
    await dialog(anna).getByLabel('Groups').fill(groups)
    await dialog(anna).getByRole('button', { name: 'Add', exact: true }).click()
    await expect(rowOf(anna, name)).toContainText(role)
  }
  await add('moritz', 'Moderator', '')
  await add('uta', 'User', 'Guards')
  expect(await violationsOf(anna)).toEqual([])
})

test('the moderator turns on one-time codes, and signs in with them', async () => {
  await enter(moritz, 'moritz')
  await signedInAs(moritz, 'moritz').click()
  await moritz.getByRole('link', { name: 'My account' }).last().click()
  await moritz.getByRole('button', { name: 'Set up one-time codes' }).click()
  await dialog(moritz).getByLabel('Present password').fill(passwords.moritz)
  await dialog(moritz).getByRole('button', { name: 'Confirm' }).click()
  await expect(dialog(moritz).getByRole('img', { name: /^QR code/ })).toBeVisible()
  const secret =
    (await dialog(moritz)
      .getByText(/^[A-Z2-7]{32}$/)
      .textContent()) ?? ''
  await dialog(moritz)
    .getByLabel('Code', { exact: true })
    .fill(new TOTP({ secret: Secret.fromBase32(secret) }).generate())
  await dialog(moritz).getByRole('button', { name: 'Confirm' }).click()
  await expect(dialog(moritz)).toContainText('Recovery codes')
  const recovery = /\b[a-z2-7]{4}(-[a-z2-7]{4}){3}\b/.exec((await dialog(moritz).textContent()) ?? '')?.[0] ?? ''
  await dialog(moritz).getByRole('button', { name: 'I have kept them' }).click()
  await expect(moritz.getByText('Recovery codes left: 10')).toBeVisible()
  expect(await violationsOf(moritz)).toEqual([])
  await signOut(moritz, 'moritz')

  await enter(moritz, 'moritz')
  await expect(moritz.getByRole('alert').filter({ visible: true })).toBeVisible()
  // Each code is taken once, and the next one is half a minute away.
  await moritz.getByLabel('Code').fill(recovery)
  await moritz.locator('#by-name').getByRole('button', { name: 'Sign in' }).click()
  await expect(signedInAs(moritz, 'moritz')).toBeVisible()
})

const heads = ['Name', 'Project', 'Place', 'Server', 'Path', 'Address', 'Owner', 'Group', 'Tags']
/** A sheet of 200 cameras, the first four with streams that the demo has. `owner`, `server`: what stands in rows 61 and 142. */
function sheet({ owner, server }: { readonly owner: string; readonly server: string }) {
  const rows = Array.from({ length: 200 }, (_, at) => {
    const name = `Camera ${String(at + 1).padStart(3, '0')}`
    const address = `rtsp://view:not-for-users@10.4.${at >> 7}.${(at & 127) + 1}/1`
    return [name, at < 150 ? 'Yard' : 'Depot', `Mast ${at + 1}`, '', '', address, at === 59 ? owner : '', '', 'outside']
  })
  rows[0] = ['Bridge', 'Yard', 'Pier 7', 'Hamburg-2', 'bridge/cam-7', '', 'uta', '', 'outside']
  rows[1] = ['Studio B', 'Yard', 'Hall', 'Köln', 'studio-b/clean', '', '', 'Guards', 'inside']
  rows[2] = ['Lobby', 'Yard', 'Door', 'Berlin-1', 'lobby/door', '', '', 'Guards', 'inside']
  rows[3] = ['Aisle 3', 'Yard', 'Hall 2', 'Köln', 'hall-2/aisle-3', '', '', '', 'inside']
  rows[140] = ['Camera 141', 'Yard', 'Mast 141', server, 'event/stage', '', '', '', 'outside']
  return { name: 'cameras.csv', mimeType: 'text/csv', buffer: Buffer.from([heads, ...rows].map((row) => row.join(',')).join('\n')) }
}

test('the moderator imports a sheet of 200 cameras, and nothing of it until its mistakes are corrected', async () => {
  await goToPage(moritz, 'Cameras')
  await moritz.getByRole('button', { name: 'Import …' }).first().click()
  const file = dialog(moritz).locator('input[type=file]')
  await file.setInputFiles(sheet({ owner: 'utta', server: 'Hamburg-9' }))
  await expect(dialog(moritz)).toContainText('Rows: 200')
  const preview = dialog(moritz).getByRole('row').filter({ hasText: 'mistake' })
  await expect(preview).toHaveCount(2)
  await expect(preview.first()).toContainText(/61.*Camera 060.*utta/)
  await expect(preview.last()).toContainText(/142.*Camera 141.*Hamburg-9/)
  await expect(dialog(moritz)).toContainText('Nothing is imported until the mistakes are corrected.')
  await expect(dialog(moritz)).not.toContainText('not-for-users')
  await expect(dialog(moritz).getByRole('button', { name: 'Import 198 cameras' })).toBeDisabled()
  expect(await violationsOf(moritz, '[role="dialog"]')).toEqual([])
  expect(await (await ask(moritz, '/api/cameras')).json()).toMatchObject({ total: 0 })

  await file.setInputFiles(sheet({ owner: 'uta', server: 'Köln' }))
  await dialog(moritz).getByRole('button', { name: 'Import 200 cameras' }).click()
  await expect(moritz.getByText('200 added, 0 changed.')).toBeVisible()
  await expect(moritz.getByText('200 of 200')).toBeVisible()
  expect(await violationsOf(moritz)).toEqual([])
})

test('the moderator changes one, adds one that is proposed, removes many and takes that back', async () => {
  await moritz.getByRole('searchbox').fill('Bridge')
  await rowOf(moritz, 'Pier 7').getByRole('link', { name: 'Bridge' }).click()
  await expect(moritz.getByRole('heading', { name: 'Bridge' })).toBeVisible()
  expect(await violationsOf(moritz)).toEqual([])
  await moritz.getByRole('button', { name: 'Edit', exact: true }).click()
  await dialog(moritz).getByLabel('Telephone').fill('+49 40 1234')
  await dialog(moritz).getByRole('button', { name: 'Save' }).click()
  await expect(moritz.getByRole('link', { name: '+49 40 1234' })).toBeVisible()

  await goToPage(moritz, 'Cameras')
  await moritz.getByRole('tab', { name: 'Proposed' }).click()
  await moritz.getByRole('searchbox').fill('studio-a/pgm')
  await moritz.getByRole('checkbox', { name: 'Select Köln / studio-a/pgm' }).check()
  await moritz.getByRole('button', { name: 'Make 1 camera' }).click()
  await dialog(moritz).getByLabel('Project').fill('Studio')
  await dialog(moritz).getByRole('button', { name: 'Add', exact: true }).click()
  await expect(moritz.getByText('Cameras made: 1')).toBeVisible()

  await goToAddress(moritz, '/cameras?project=Depot')
  await expect(moritz.getByText('50 of 201')).toBeVisible()
  await moritz.getByRole('checkbox', { name: 'Select all' }).check()
  await moritz.getByRole('button', { name: 'Remove', exact: true }).click()
  await dialog(moritz).getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(moritz.getByText('0 of 151')).toBeVisible()
  await moritz.getByRole('listitem').filter({ hasText: 'Cameras removed: 50' }).getByRole('button', { name: 'Undo' }).click()
  await expect(moritz.getByText('50 of 201')).toBeVisible()
})

test('the user sees her cameras, a favourite first, and plays one', async () => {
  await enter(uta, 'uta')
  await expect(uta.getByText('4 of 4')).toBeVisible()
  await expect(camerasOf(uta)).toHaveText(['Bridge', 'Camera 060', 'Lobby', 'Studio B'])
  await uta.getByRole('button', { name: 'Make Studio B a favourite' }).click()
  // Under the pointer rows stay where they are.
  await uta.getByRole('heading', { name: 'Cameras' }).hover()
  await expect(camerasOf(uta)).toHaveText(['Studio B', 'Bridge', 'Camera 060', 'Lobby'])
  expect(await violationsOf(uta)).toEqual([])

  await uta.getByRole('link', { name: 'Bridge' }).click()
  await expect(uta.getByRole('heading', { name: 'Bridge' })).toBeVisible()
  await expect(uta.locator('main')).toContainText('+49 40 1234')
  expect(await violationsOf(uta)).toEqual([])
  await uta.getByRole('button', { name: 'Play' }).click()
  const video = uta.locator('video')
  await expect(video).toHaveAttribute('data-picture', 'playing')
  await expect.poll(() => video.evaluate((element: HTMLVideoElement) => element.currentTime)).toBeGreaterThan(1)
})

test('with her password, and with the moderator’s, nothing else is reached', async () => {
  const { cameras } = (await (await ask(moritz, '/api/cameras?text=Aisle')).json()) as { readonly cameras: readonly { readonly id: string }[] }
  const other = `/cameras/${cameras[0]?.id}`
  for (const address of ['/', '/streams', '/servers', '/alarms', '/wall', '/sessions', '/recordings', '/history', '/settings/people', '/settings/servers']) {
    await goToAddress(uta, address)
    await expect(uta.getByText('4 of 4')).toBeVisible()
    await expect(uta.locator('body')).not.toContainText(/Hamburg|Berlin|Köln|bridge\/|Aisle/)
  }
  await goToAddress(uta, other)
  await expect(uta.getByText('It was removed, or this link comes from another console.')).toBeVisible()
  await goToAddress(uta, '/cameras')
  await uta.keyboard.press('Control+k')
  await expect(dialog(uta)).toHaveCount(0)
  await uta.getByRole('searchbox').fill('Aisle')
  await expect(uta.getByText('0 of 4')).toBeVisible()
  expect((await ask(uta, `/api${other}`)).status()).toBe(404)
  expect((await readable(uta)).sort()).toEqual(['/api/accounts/me', '/api/accounts/me/ways', '/api/cameras', '/api/hello', '/api/viewing/cameras'])
  expect(await readable(moritz, '/accounts')).toEqual(['/api/accounts/me', '/api/accounts/me/ways'])
})

test('the administrator reads who did what, and ends a session: its browser is signed out at once', async () => {
  await goToAddress(anna, '/settings/people/audit')
  await anna.getByLabel('Person').fill('moritz')
  await expect(rowOf(anna, 'cameras.import').first()).toContainText('moritz')
  expect(await violationsOf(anna)).toEqual([])
  await anna.getByRole('navigation', { name: 'People' }).getByRole('link', { name: 'Sessions' }).click()
  await anna.getByRole('button', { name: /^End the session of uta/ }).click()
  await expect(uta.getByRole('heading', { name: 'You are signed out' })).toBeVisible()
  expect((await ask(uta, '/api/cameras')).status()).toBe(401)
})

test('everybody changes the own password, and signs out', async () => {
  await enter(uta, 'uta')
  for (const [page, name] of [
    [anna, 'anna'],
    [moritz, 'moritz'],
    [uta, 'uta'],
  ] as const) {
    await signedInAs(page, name).click()
    await page.getByRole('link', { name: 'My account' }).last().click()
    await changePassword(page, name)
    await signOut(page, name)
  }
  await enter(uta, 'uta', 'uta sees the gate only')
  await expect(uta.getByRole('alert').filter({ visible: true })).toContainText('is not right')
  await enter(uta, 'uta')
  await signOut(uta, 'uta')
  expect((await ask(uta, '/api/cameras')).status()).toBe(401)
  // What is refused to somebody without a session is said by the browser as well.
  const ofSignIn = /401 \(Unauthorized\)|HTTP Authentication failed/
  expect([sat.complaints, ...complaints].flat().filter((text) => !ofSignIn.test(text))).toEqual([])
})
