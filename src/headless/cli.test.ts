import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSystemClock } from '../clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../demo/demoFleet.fixture.ts'
import { settings } from '../shared/settings.ts'
import { onceReportSchema } from '../shared/streams.ts'
import { projectDir } from './projectFiles.ts'
import { serversToYaml } from './serversToYaml.ts'
import { runCommand, startCommand } from './testCommand.fixture.ts'

const { version } = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as { version: string }
let dir: string
let fleet: DemoFleet
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-cli-'))
  fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'cli',
    servers: [
      { name: 'well', auth: { kind: 'basic', user: 'noc', password: 'hunter2-cli' }, paths: 2, intervalSeconds: 0.5 },
      { name: 'slate', paths: [{ name: 'always', mode: 'alwaysAvailable', live: false }], intervalSeconds: 0.5 },
    ],
  })
})
afterAll(async () => {
  await fleet[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
})

const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => startCommand(args, { cwd: dir, env })
const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => runCommand(args, { cwd: dir, env })
function write(name: string, text: string) {
  writeFileSync(join(dir, name), text)
  return name
}

describe('usage', () => {
  test('the version and nothing else', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
  })

  test('help names every command and every variable', async () => {
    const { code, out, err } = await run(['--help'])
    expect([code, err]).toEqual([0, ''])
    for (const name of ['start', 'serve', 'once', 'demo', 'diagnose', 'backup', 'restore', 'check', ...settings.map((setting) => setting.env)])
      expect(out).toContain(name)

    const commands = [...out.matchAll(/^ {2}([a-z]+) \[options\]/gm)].map(([, name]) => name)
    expect(commands).toContain('demo')
    const manual = readFileSync(join(projectDir, 'docs', 'headless.md'), 'utf8')
    expect(
      commands.filter((name) => !manual.includes(`npx mtxdeck ${name} `)),
      'commands that docs/headless.md leaves out',
    ).toEqual([])
  })

  test.each([[[]], [['bogus']], [['once', '--bogus']], [['serve', '--config']]])('%j is bad usage', async (args) => {
    const { code, out, err } = await run(args)
    expect([code, out]).toEqual([64, ''])
    expect(err).toContain('mtxdeck')
  })

  test('a configuration that is wrong or missing is bad usage, with its line', async () => {
    write('bad.yaml', 'servers:\n  - name: a\n    url: http://a\n    intervalSeconds: two\n')
    for (const name of ['serve', 'once', 'start'])
      expect(await run([name, '--config', 'bad.yaml'])).toEqual({ code: 64, out: '', err: 'bad.yaml:4:5: servers[0].intervalSeconds: expected a number\n' })
    expect(await run(['once', '--config', 'nowhere.yaml'])).toMatchObject({ code: 64, err: expect.stringContaining('nowhere.yaml') })
    expect(await run(['once'])).toMatchObject({ code: 64, err: expect.stringContaining('--config') })
  })
})

describe('once', () => {
  const yaml = (...names: string[]) => serversToYaml(names.map((name) => fleet.server(name).input))

  test('prints JSON that scripts can read, and 0 when all is well', async () => {
    const { code, out, err } = await run(['once', '--config', write('well.yaml', yaml('well')), '--json'])
    expect([code, err]).toEqual([0, ''])
    const report = onceReportSchema.parse(JSON.parse(out))
    expect(report.servers[0]?.streams).toHaveLength(2)
    expect(report.servers[0]?.streams[0]?.bitrateInBps).toBeGreaterThan(0)
    expect(out).not.toContain('hunter2')
  })

  test('ends with 1 for a slate, and 2 before it for a server that does not answer', async () => {
    expect((await run(['once', '--json', '--single'], { MTXDECK_CONFIG: write('slate.yaml', yaml('slate', 'well')) })).code).toBe(1)
    write('dead.yaml', `${yaml('slate')}  - { name: dead, url: "http://127.0.0.1:9" }\n`)
    const { code, out } = await run(['once', '--config', 'dead.yaml', '--single'])
    expect(code).toBe(2)
    expect(out).toMatch(/dead.*CAN NOT BE READ/)
    expect(out).toMatch(/always\s+slate/)
  })
})

describe('once, with probes', () => {
  const dead = (more = '') => `probes:\n  - { name: gone, project: exam, url: "rtsp://u:hunter2@127.0.0.1:9/x", retries: 0 }\n${more}`

  test('prints a line a probe, and ends with 1 for one that can not be read', async () => {
    const { code, out } = await run(['once', '--config', write('probes.yaml', dead())])
    expect(out).toMatch(/PROBE\s+STATE\s+GRADE/)
    expect(out).toMatch(/gone\s+down\s+–/)
    expect(out).not.toContain('hunter2')
    expect(code).toBe(1)
  })

  test('ends with 0 where no rule watches that probe', async () => {
    const { code, out } = await run(['once', '--json', '--config', write('quiet.yaml', dead('rules:\n  - { id: probeDown, tags: [studio] }\n'))])
    expect(onceReportSchema.parse(JSON.parse(out)).probes).toMatchObject([{ name: 'gone', up: false, severity: null, grade: null, bitrateBps: null }])
    expect(code).toBe(0)
  })
})

describe('serve', () => {
  test('makes a token, prints it once, serves, and ends in order', async () => {
    const args = ['serve', '--data-dir', 'deck', '--listen', '127.0.0.1:0', '--config', write('serve.yaml', serversToYaml([fleet.server('well').input]))]
    const first = start(args)
    const [, url = ''] = await first.says(/console at (http:\/\/127\.0\.0\.1:\d+)/)
    const [, token = ''] = await first.says(/shown this once.*: ([\w-]{43})/)
    expect(readFileSync(join(dir, 'deck', 'token'), 'utf8').trim()).toBe(token)
    expect(await (await fetch(`${url}/api/hello`, { headers: { Authorization: `Bearer ${token}` } })).json()).toMatchObject({ version, demo: false })

    const second = await run(args)
    expect(second.code).toBe(69)
    expect(second.err).toContain(join(dir, 'deck'))

    first.child.kill('SIGTERM')
    expect(await first.ended).toBe(0)

    const again = start(args)
    await again.says(/Its sign-in token is in /)
    expect(again.said.out).not.toContain(token)
    again.child.kill('SIGINT')
    expect(await again.ended).toBe(0)
  })

  test('warns where others can listen in, and says which port is taken', async () => {
    const open = start(['serve', '--data-dir', 'open', '--listen', '0.0.0.0:0'])
    const [, port = ''] = await open.says(/console at http:\/\/localhost:(\d+)/)
    expect(open.said.err).toContain('TLS is off: tokens are accepted from this machine')
    const taken = await run(['serve', '--data-dir', 'taken', '--listen', `127.0.0.1:${port}`])
    open.child.kill('SIGTERM')
    await open.ended
    expect(taken).toMatchObject({ code: 69, err: expect.stringContaining(`Port ${port} is taken`) })
  })

  test('a bug ends it with words, a line in the log and a code of its own', async () => {
    // Whoever sends the signal stands for a bug that nobody caught.
    const bug = "process.on('SIGUSR2', () => { throw new Error('a bug at rtsp://user:hunter2@camera/1') })"
    const broken = startCommand(['serve', '--data-dir', 'broken', '--listen', '127.0.0.1:0'], {
      cwd: dir,
      program: [process.execPath, '--import', `data:text/javascript,${bug}`, join(projectDir, 'src', 'headless', 'index.ts')],
    })
    await broken.says(/console at/)
    broken.child.kill('SIGUSR2')
    expect(await broken.ended).toBe(70)
    expect(broken.said.err).toContain('mtxdeck diagnose')
    expect(broken.said.err).toContain('a bug at')
    expect(broken.said.err).not.toContain('hunter2')
    const diagnosis = await run(['diagnose', '--data-dir', 'broken', '--output', '-'])
    expect(diagnosis.code).toBe(0)
    expect(JSON.parse(diagnosis.out)).toMatchObject({ mtxdeck: version, console: { running: false } })
    expect(diagnosis.out).toContain('a bug at')
    expect(diagnosis.out).not.toContain('hunter2')
  })
})

test('diagnosis tells of a configuration that cannot be read', async () => {
  write('bad.yaml', 'listn: 1\nservers: [{ name: a, url: "http://a", user: u, password: hunter2 }]\n')
  const { code, out } = await run(['diagnose', '--config', 'bad.yaml', '--data-dir', 'none', '--output', '-'])
  expect(code).toBe(0)
  expect(JSON.parse(out).configuration.problems).toEqual(['bad.yaml:1:1: listn: unknown key; did you mean listen?'])
  expect(out).not.toContain('hunter2')
})

test('what would steer a terminal or turn the words around is refused in a name, and shown by its number wherever it comes from', async () => {
  const raw = /[\u007f-\u009f\u202a-\u202e\u2028\u2029]/
  write('odd.yaml', 'servers: [{ name: "dom\\u202e1", url: "http://127.0.0.1:9" }]\n')
  const once = await run(['once', '--config', 'odd.yaml', '--json'])
  expect(once).toMatchObject({ code: 64, out: '' })
  expect(once.err).toContain('U+202E')
  expect(once.err).not.toMatch(raw)
  write('rule.yaml', 'servers: [{ name: dom, url: "http://127.0.0.1:9" }]\nrules: [{ id: streamGone, runbook: "call\\u009b2J\\u202e\\u2028\\u007f1" }]\n')
  const diagnosis = await run(['diagnose', '--config', 'rule.yaml', '--data-dir', 'odd', '--output', '-'])
  expect(diagnosis.out).toContain('\\u202e')
  expect(diagnosis.out).not.toMatch(raw)
})

test('commands speak English in whatever terminal, as what they print is pasted into tickets and read by scripts', async () => {
  const german = { LC_ALL: 'de_DE.UTF-8' }
  const help = await run(['serve', '--help'], german)
  expect(help).toMatchObject({ code: 0, err: '' })
  expect(help.out).toContain('Options:')
  expect(await run(['demo', '--servers', 'many'], german)).toEqual({ code: 64, out: '', err: '--servers: expected a whole number from 1 to 99,999\n' })
  expect((await run(['open', 'night.mtxdeck'], german)).err).toBe(`There is no bundle ${join(dir, 'night.mtxdeck')}.\n`)
  expect((await run(['once', '--sngle'], german)).err).toBe(
    `error: unknown option '--sngle'\n(Did you mean --single?)\nRun "mtxdeck --help" for what there is.\n`,
  )
  write('wrong.yaml', 'keepDays: often\n')
  expect((await run(['serve', '--config', 'wrong.yaml'], german)).err).toMatch(/^wrong\.yaml:1:1: keepDays: /)
  expect((await run(['check', '--data-dir', 'nowhere'], german)).err).toBe(
    `There is no console's data in ${join(dir, 'nowhere')}. Name its folder with --data-dir.\n`,
  )
})
