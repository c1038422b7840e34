import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify, stripVTControlCharacters } from 'node:util'
import { expect, test } from '@playwright/test'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import {
  addServer,
  expectBundle,
  expectConfined,
  expectPlaying,
  expectSnapshot,
  type Folder,
  goToAddress,
  goToPage,
  makeFolder,
  startWindow,
  testServer,
} from './consoles.ts'
import { desktopMissing } from './missing.ts'

// The desktop app as it is packed: what is in its .deb, and what somebody does with it first, away from the checkout. With an older Electron it carries its Node 24 (tools/packDesktop.ts).

const run = promisify(execFile)
const missing = process.platform === 'linux' ? desktopMissing() : 'the .deb is made on Linux'
test.skip(missing !== null, missing ?? '')
test.describe.configure({ mode: 'serial' })

/** A file or folder in the header of an archive of Electron. */
interface ArchiveEntry {
  readonly files?: Readonly<Record<string, ArchiveEntry>>
  readonly offset?: string
  readonly size?: number
  readonly unpacked?: boolean
  readonly integrity?: object
}

let folder: Folder
const app = () => join(folder.dir, 'installed/opt/mtxdeck')
test.beforeAll(async () => {
  test.setTimeout(600_000)
  folder = await makeFolder()
  await run(process.execPath, ['bin/node24.mjs', 'tools/pack.ts', '--to', join(folder.dir, 'dist')], { maxBuffer: 64 << 20 })
  const [deb = ''] = (await readdir(join(folder.dir, 'dist'))).filter((name) => name.endsWith('.deb'))
  await run('sha256sum', ['--check', `${deb}.sha256`], { cwd: join(folder.dir, 'dist') })
  await run('dpkg-deb', ['-R', join(folder.dir, 'dist', deb), join(folder.dir, 'installed')])
})
test.afterAll(() => folder?.remove())

test('the package names what a bare Debian lacks, its icon, and the files that it opens', async () => {
  const read = (file: string) => readFile(join(folder.dir, 'installed', file), 'utf8')
  expect(await read('DEBIAN/control')).toMatch(/^Package: mtxdeck$[\s\S]*^Depends: .*libnss3[\s\S]*^Recommends: ffmpeg$/m)
  expect(await read('DEBIAN/postinst')).toContain('case "$1" in configure)')
  expect(await read('usr/share/applications/mtxdeck.desktop')).toMatch(/^Exec=\/opt\/mtxdeck\/mtxdeck .*%U$[\s\S]*^MimeType=application\/x-mtxdeck;$/m)
  expect(await read('usr/share/mime/packages/mtxdeck.xml')).toContain('<glob pattern="*.mtxdeck"/>')
  // The largest size that desktops look for.
  expect(existsSync(join(folder.dir, 'installed/usr/share/icons/hicolor/512x512/apps/mtxdeck.png'))).toBe(true)
})

test('its switches are off, its code is in its archive, and it lists what it is made of', async () => {
  const { stdout } = await run(process.execPath, ['node_modules/@electron/fuses/dist/bin.js', 'read', '--app', join(app(), 'mtxdeck')])
  for (const fuse of [
    ...['RunAsNode', 'EnableNodeOptionsEnvironmentVariable', 'EnableNodeCliInspectArguments'].map((name) => `${name} is Disabled`),
    ...['EnableCookieEncryption', 'EnableEmbeddedAsarIntegrityValidation', 'OnlyLoadAppFromAsar'].map((name) => `${name} is Enabled`),
  ])
    expect(stripVTControlCharacters(stdout)).toContain(fuse)
  expect(await readdir(join(app(), 'resources'))).toEqual(expect.arrayContaining(['LICENSE', 'app.asar']))
  expect(await readFile(join(app(), 'resources/THIRD-PARTY-NOTICES.md'), 'utf8')).toMatch(/^\| better-sqlite3 \| \d\S+ \| MIT \|$/m)
  const sbom = JSON.parse(await readFile(join(folder.dir, 'dist/mtxdeck.cdx.json'), 'utf8')) as { readonly components: readonly { readonly name: string }[] }
  expect(sbom.components.map(({ name }) => name)).toContain('better-sqlite3')
})

test('each file of its archive has the checksum that the runtime compares it with where it can', async () => {
  // Electron does so on macOS and Windows.
  const archive = await readFile(join(app(), 'resources/app.asar'))
  const start = 8 + archive.readUInt32LE(4)
  const { files } = JSON.parse(archive.toString('utf8', 16, 16 + archive.readUInt32LE(12))) as Required<ArchiveEntry>
  let compared = 0
  const compare = (entry: ArchiveEntry) => {
    for (const below of Object.values(entry.files ?? {})) compare(below)
    if (entry.offset === undefined || entry.unpacked) return
    const from = start + Number(entry.offset)
    const hash = createHash('sha256')
      .update(archive.subarray(from, from + (entry.size ?? 0)))
      .digest('hex')
    expect(entry.integrity).toMatchObject({ algorithm: 'SHA256', hash })
    compared++
  }
  compare({ files })
  expect(compared).toBeGreaterThan(20)
  // Packages that electron-builder cannot find it leaves out with a warning.
  const { dependencies } = JSON.parse(await readFile('package.json', 'utf8')) as { readonly dependencies: Readonly<Record<string, string>> }
  const inArchive = (name: string) => name.split('/').reduce<ArchiveEntry | undefined>((entry, part) => entry?.files?.[part], files['node_modules'])
  expect(Object.keys(dependencies).filter((name) => inArchive(name) === undefined)).toEqual(['node-av'])
})

const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
const env = () => ({ PATH: '/usr/bin:/bin', HOME: folder.dir, LANG: 'C.UTF-8', DISPLAY: process.env.DISPLAY, XAUTHORITY: process.env.XAUTHORITY })
const withArgs = (...args: readonly string[]) => [...asRoot, '--disable-gpu', '--lang=en-US', ...args]
const start = (...args: readonly string[]) => startWindow(join(app(), 'mtxdeck'), ['--remote-debugging-port=0', ...withArgs(...args)], env())

test('it opens its window with the servers of a configuration', async () => {
  const config = join(folder.dir, 'mtxdeck.yaml')
  await writeFile(config, 'servers:\n  - name: studio-north\n    url: http://127.0.0.1:9\n')
  const opened = await start(`--user-data-dir=${join(folder.dir, 'configured')}`, `--config=${config}`)
  try {
    await goToAddress(opened.page, '/servers')
    await expect(opened.page.getByText('studio-north').first()).toBeVisible()
  } finally {
    expect(await opened.close()).toBe(0)
  }
})

test.describe('walked as on its first day', () => {
  const cam = 'studio-a/pgm'
  /** One that no browser plays. */
  const hevc = 'roof/hevc'
  let fleet: DemoFleet
  let sat: Awaited<ReturnType<typeof startWindow>>
  let server = ''
  const userDir = () => `--user-data-dir=${join(folder.dir, 'user')}`
  test.beforeAll(async () => {
    const paths = [
      { name: cam, mode: 'publisher', source: 'rtmpConn', tracks: 'h264Aac' },
      { name: hevc, mode: 'publisher', source: 'rtspSession', tracks: 'h265Aac' },
    ] as const
    fleet = await createDemoFleet({ clock: createSystemClock(), seed: 'packed', servers: [{ name: 'studio', paths }] })
    sat = await start(userDir())
  })
  test.afterAll(async () => {
    await sat?.close()
    await fleet?.[Symbol.asyncDispose]()
  })

  test('it welcomes whoever opens it', async () => {
    await expect(sat.page.getByRole('heading', { name: 'Welcome to mtxdeck' })).toBeVisible()
  })

  test('a server is added, and a picture of it plays', async () => {
    const { page } = sat
    server = await addServer(page, fleet.server('studio'), () => testServer(page))
    await goToAddress(page, `${server}/streams/${cam}`)
    await expectPlaying(page)
  })

  test('a still is taken by the ffmpeg of the machine', async () => {
    test.skip(!existsSync('/usr/bin/ffmpeg'), 'no ffmpeg: apt-get install ffmpeg')
    const { page } = sat
    await goToAddress(page, '/settings/pictures')
    await expect(page.getByRole('main')).toContainText('ffmpeg of this machine')
    await expect(page.getByRole('main')).toContainText('/usr/bin/ffmpeg')
    await goToAddress(page, `${server}/streams/${hevc}`)
    await expectSnapshot(page)
  })

  test('a second start shows the window that is there', async () => {
    const { stdout } = await run(join(app(), 'mtxdeck'), withArgs(userDir()), { env: env() })
    expect(stdout).toBe('')
    expect(await sat.page.evaluate(() => location.origin)).toBe('app://mtxdeck')
  })

  test('a bundle that it made opens by a double click, in a window of its own', async () => {
    const file = join(folder.dir, 'last night.mtxdeck')
    const { page } = sat
    // Nobody can answer the system's own dialog here: what is to be saved is taken before it opens.
    const made = page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          const real = window.fetch
          window.fetch = async (asked, options) => {
            const answer = await real(asked, options)
            if (!String(asked).includes('/relay/bundles/')) return answer
            window.fetch = real
            const bytes = new Uint8Array(await answer.arrayBuffer())
            resolve(btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')))
            throw new Error('It is not saved.')
          }
        }),
    )
    await goToPage(page, 'History')
    await page.getByRole('button', { name: '1 h', exact: true }).click()
    await page.getByRole('button', { name: 'Export a bundle' }).click()
    await page.getByRole('button', { name: 'Create the file' }).click()
    await writeFile(file, Buffer.from(await made, 'base64'))
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).first().click()
    // As GNOME does it.
    const opened = await start(pathToFileURL(file).href)
    try {
      await expectBundle(opened.page, /studio/)
      expect(opened.complaints).toEqual([])
    } finally {
      expect(await opened.close()).toBe(0)
    }
  })

  test('its page complained of nothing, it is confined, and the app ends in order', async () => {
    expect(sat.complaints).toEqual([])
    await expectConfined(sat.page)
    expect(await sat.close()).toBe(0)
  })
})
