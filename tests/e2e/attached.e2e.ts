import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, test } from '@playwright/test'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { type Desktop, type Folder, goToAddress, makeFolder, openDesktop } from './consoles.ts'
import { desktopMissing } from './missing.ts'

// A desk that shows an engine which runs elsewhere, on a machine that is never switched off, below a path as behind a proxy.

const missing = desktopMissing()
test.skip(missing !== null, missing ?? '')
test.describe.configure({ mode: 'serial' })

const token = 'a token of the engine elsewhere'.replaceAll(' ', '-')
let folder: Folder
let desk: Desktop
let fleet: DemoFleet
let engine: ChildProcess
let url = ''

/** Starts the headless console; the port stays the same when it is started again. */
async function startEngine(listen: string) {
  const servers = JSON.stringify([{ name: 'elsewhere', url: fleet.server('elsewhere').url }])
  const child = spawn(process.execPath, ['bin/mtxdeck.mjs', 'serve', '--listen', listen, '--data-dir', `${folder.dir}/engine-elsewhere`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, MTXDECK_TOKEN: token, MTXDECK_SERVERS: servers, MTXDECK_PUBLIC_URL: 'https://noc.example/mtx' },
  })
  url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /serves the console at (\S+)/.exec(line)
      if (found?.[1]) resolve(new URL(found[1]).origin)
    })
    child.once('exit', (code) => reject(new Error(`the engine ended with ${code}`)))
  })
  return child
}
async function stopEngine() {
  if (engine.exitCode !== null) return
  const exited = once(engine, 'exit')
  engine.kill('SIGTERM')
  await exited
}

test.beforeAll(async () => {
  folder = await makeFolder()
  fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'attached',
    servers: [{ name: 'elsewhere', paths: [{ name: 'news/cam-1', source: 'rtmpConn', tracks: 'h264Aac' }] }],
  })
  engine = await startEngine('127.0.0.1:0')
  desk = await openDesktop({ dir: `${folder.dir}/desk`, args: [`--attach=${url}/mtx`], env: { MTXDECK_TOKEN: token } })
})
test.afterAll(async () => {
  await desk?.close()
  if (engine) await stopEngine()
  await fleet?.[Symbol.asyncDispose]()
  await folder?.remove()
})

test('it shows what the engine elsewhere watches, and plays its pictures', async () => {
  const { page } = desk
  await page.getByRole('link', { name: 'elsewhere' }).first().click()
  await expect(page).toHaveURL(/#\/servers\//)
  await page.evaluate(() => {
    location.hash = `${location.hash.replace(/[?].*/, '')}/streams/news/cam-1`
  })
  await expect(page.locator('video')).toHaveAttribute('data-picture', 'playing')
})

test('it keeps no data of its own but where its window stood, and the token is in no file', async () => {
  const { readdir, readFile } = await import('node:fs/promises')
  const files = await readdir(`${folder.dir}/desk`, { recursive: true, withFileTypes: true })
  // Chromium's own list of web databases: it makes one as soon as a page asks for a lock.
  const own = files.filter(({ name, parentPath }) => !(name === 'Databases.db' && parentPath.endsWith('/databases')))
  expect(own.map((file) => file.name).filter((name) => name.endsWith('.db'))).toEqual([])
  for (const file of files.filter((each) => each.isFile() && /\.(json|log)$/.test(each.name)))
    expect(await readFile(`${file.parentPath}/${file.name}`, 'utf8')).not.toContain(token)
})

test('an engine that goes is missed, and found again when it is back', async () => {
  const { page } = desk
  await goToAddress(page, '/')
  const { port } = new URL(url)
  await stopEngine()
  await expect(
    page
      .getByRole('alert')
      .or(page.getByRole('status'))
      .filter({ hasText: /engine/i })
      .first(),
  ).toBeVisible()
  engine = await startEngine(`127.0.0.1:${port}`)
  await expect(page.getByText(/data \d s old/)).toBeVisible()
})
