import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSystemClock } from '../clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../demo/demoFleet.fixture.ts'
import { serversToYaml } from './serversToYaml.ts'
import { runCommand, startCommand } from './testCommand.fixture.ts'

const token = 'a-token-for-tests-only'
let dir: string
let fleet: DemoFleet
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-store-'))
  fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'store',
    servers: [{ name: 'Berlin', paths: [{ name: 'cam/1', mode: 'publisher', live: true }], intervalSeconds: 0.5 }],
  })
  writeFileSync(join(dir, 'watch.yaml'), serversToYaml([fleet.server('Berlin').input]))
})
afterAll(async () => {
  await fleet[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
})

const options = () => ({ cwd: dir, env: { MTXDECK_TOKEN: token } })
const run = (...args: readonly string[]) => runCommand(args, options())
/** A console on a data folder, and its address. */
async function serve(data: string) {
  const { child, ended, says } = startCommand(['serve', '--data-dir', data, '--listen', '127.0.0.1:0', '--config', 'watch.yaml'], options())
  const [, url = ''] = await says(/console at (http:\/\/127\.0\.0\.1:\d+)/)
  return {
    url,
    ask: async (path: string): Promise<string> => (await fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${token}` } })).text(),
    stop: async () => {
      child.kill('SIGTERM')
      expect(await ended).toBe(0)
    },
  }
}
const queryOf = (from: string, to: string) => `/api/history?server=berlin&path=cam/1&metric=path.state&metric=server.reachable&from=${from}&to=${to}&step=1`

describe('a data folder', () => {
  test('is backed up while it is written, checked, and answers the same from its backup', async () => {
    const begun = new Date(Date.now() - 2000).toISOString()
    const first = await serve('data')
    const known = async (url: (path: string) => Promise<string>, to: string) =>
      (JSON.parse(await url(queryOf(begun, to))) as { rows: [string, number | null, number | null][] }).rows.filter(([, state]) => state !== null)
    const now = () => new Date().toISOString()
    await expect.poll(() => known(first.ask, now()).then((rows) => rows.length)).toBeGreaterThan(6)
    // All that is older than this was committed when the backup began.
    const to = new Date(Math.floor(Date.now() / 1000) * 1000 - 2000).toISOString()
    const before = await known(first.ask, to)
    expect(before.length).toBeGreaterThan(1)

    const made = await run('backup', 'copy', '--data-dir', 'data')
    expect([made.code, made.out]).toEqual([0, expect.stringMatching(/^Backed up into .*copy: \d+ files, .*secrets\.key\) is not\. Keep a copy/s)])
    expect(readdirSync(join(dir, 'copy')).sort()).toEqual(['alarms.db', 'history', 'history.db', 'main.db', 'manifest.json', 'sessions.db', 'snapshots'])

    const checked = await run('check', '--data-dir', 'data', '--json')
    expect([checked.code, JSON.parse(checked.out)]).toMatchObject([0, { findings: [] }])

    expect(await run('restore', 'copy', '--data-dir', 'data', '--replace')).toMatchObject({
      code: 69,
      err: expect.stringMatching(/Another mtxdeck \(process \d+, .*uses/),
    })
    await first.stop()

    expect(await run('restore', 'copy', '--data-dir', 'data')).toMatchObject({ code: 69, err: expect.stringContaining('--replace') })
    expect(await run('restore', 'copy', '--data-dir', 'again')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/Restored into .*secrets\.key beside main\.db/s),
    })
    const second = await serve('again')
    expect(await known(second.ask, to)).toEqual(before)
    await second.stop()
  })

  test('that is damaged is told: by check in words, at the next start by a banner and an event', async () => {
    const first = await serve('hurt')
    await first.stop()
    // As the first day leaves it.
    expect((await run('backup', 'good', '--data-dir', 'hurt')).code).toBe(0)
    cpSync(join(dir, 'good', 'main.db'), join(dir, 'hurt', 'backups', 'main-2026-11-13.db'))
    const file = join(dir, 'hurt', 'main.db')
    writeFileSync(file, readFileSync(file).subarray(0, 9970))
    const checked = await run('check', '--data-dir', 'hurt')
    expect([checked.code, checked.out]).toEqual([
      1,
      expect.stringMatching(/WRONG: main\.db: its end is missing\. Start mtxdeck: it sets the file aside [^\n]*\nOne thing is wrong\./),
    ])

    const second = await serve('hurt')
    const { setAside } = JSON.parse(await second.ask('/api/history/store')) as { setAside: unknown }
    expect(setAside).toEqual([{ file: expect.stringMatching(/^main\.db\.damaged-/), at: expect.any(Number) }])
    expect(JSON.parse(await second.ask('/api/events?kinds[0]=storeDamaged'))).toMatchObject([
      { kind: 'storeDamaged', facts: { store: 'main' }, text: expect.stringMatching(/replaced by the backup of /) },
    ])
    await second.stop()
    expect(await run('check', '--data-dir', 'hurt')).toMatchObject({ code: 0, out: expect.stringContaining('All of it is as it was written.') })
  })
})

test('what is asked wrongly is told, and changes nothing', async () => {
  expect(await run('backup', 'into', '--data-dir', 'nowhere')).toMatchObject({ code: 69, err: expect.stringContaining("no console's data") })
  expect(await run('restore', 'nothing', '--data-dir', 'somewhere')).toMatchObject({ code: 69, err: expect.stringContaining('no manifest.json') })
  expect(await run('check', '--data-dir', 'nowhere')).toMatchObject({ code: 64, err: expect.stringContaining("no console's data") })
  expect(['nowhere', 'somewhere', 'into'].filter((name) => existsSync(join(dir, name)))).toEqual([])
})

test('what a backup or a configuration of a stranger holds does not steer the terminal', async () => {
  const title = '\u001b]0;x\u0007'
  const manifest = {
    product: 'mtxdeck',
    kind: 'backup',
    form: 1,
    madeAt: title,
    madeBy: 'x',
    forms: { main: 1, history: 1 },
    key: 'none',
    files: [],
    leftOut: [],
  }
  mkdirSync(join(dir, 'given'))
  writeFileSync(join(dir, 'given', 'manifest.json'), JSON.stringify(manifest))
  writeFileSync(join(dir, 'given.yaml'), `servers: [{ name: a, url: ${JSON.stringify(title)} }]\n`)
  for (const args of [
    ['restore', 'given', '--data-dir', 'somewhere'],
    ['once', '--config', 'given.yaml'],
  ]) {
    const { code, out, err } = await run(...args)
    expect(code).not.toBe(0)
    expect(out + err).toContain('⟨U+001B⟩]0;x⟨U+0007⟩')
    expect(out + err).not.toContain('\u001b')
  }
})
