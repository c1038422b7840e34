import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readVideoExporter } from './importVideoExporter.ts'
import { runCommand, startCommand } from './testCommand.fixture.ts'

/** As the exporter's README has it, with a second project. */
const file = `exporter:
  check_interval: 20    # seconds
  max_concurrent: 1000
  max_retries: 2
  listen_addr: "8080"

streams:
  project1:
    - url: https://live.example/live/stream.flv
      id: stream-01
    - url: rtsp://u:hunter2@10.0.0.5:554/live
      id: "stream-02"
  project2:
    - { id: stream-01, url: rtmp://live.example/app/x }
`
const read = (text: string) => {
  const found = readVideoExporter(text)
  return found.ok ? found.value : found.error.map(({ line, column, validationError: { kind } }) => `${line}:${column} ${kind}`)
}

test('each stream is a probe with its project, the interval and the retries; an id of two projects is told apart', () => {
  expect(read(file)).toMatchObject({
    probes: [
      { name: 'project1/stream-01', project: 'project1', url: 'https://live.example/live/stream.flv', intervalSeconds: 20, retries: 2, line: 9 },
      { name: 'stream-02', project: 'project1', url: 'rtsp://u:hunter2@10.0.0.5:554/live', intervalSeconds: 20, retries: 2, line: 11 },
      { name: 'project2/stream-01', project: 'project2', intervalSeconds: 20, retries: 2, line: 14 },
    ],
    projects: 2,
    left: [
      { line: 3, key: 'max_concurrent' },
      { line: 5, key: 'listen_addr' },
    ],
  })
})

test('a project whose name is a number has its lines and its unknown keys', () => {
  expect(read('streams:\n  2024:\n    - { url: "rtsp://h/x", id: a, uri: y }\n')).toMatchObject({
    probes: [{ project: '2024', line: 3 }],
    left: [{ line: 3, key: 'uri' }],
  })
})

test('what the file leaves out is as in the exporter, and keys that nobody knows are named', () => {
  const found = readVideoExporter('streams:\n  a:\n    - { url: "rtsp://h/x", id: 7, uri: y }\nexporters: {}\n')
  expect(found).toMatchObject({ ok: true, value: { probes: [{ name: '7', intervalSeconds: 30, retries: 3 }] } })
  expect(found.ok && found.value.left.map(({ line, key, because }) => `${line} ${key} ${/"(\w+)"/.exec(because)?.[1]}`)).toEqual([
    '3 uri url',
    '4 exporters exporter',
  ])
})

test('one mistake and nothing is read, and each says where it stands', () => {
  expect(read('streams:\n  a:\n    - url: rtsp://h/x\n    - { url: "ftp://h/x", id: b }\n    - [1]\n  c: none\n')).toEqual([
    '3:7 missing',
    '4:7 notSuchAs',
    '5:7 notOfType',
    '6:6 notOfType',
  ])
  expect(read('exporter: { check_interval: 1, max_retries: "3" }\nstreams: { a: [{ url: rtsp://h/x, id: b }, { url: rtsp://h/y, id: b }] }\n')).toEqual([
    '1:29 notACount',
    '1:45 notACount',
    '2:44 givenTwice',
  ])
  expect(read('')).toEqual(['1:1 notOfType'])
  expect(read('streams: {}')).toEqual(['1:1 missing'])
  expect(read('a: [')).toContainEqual(expect.stringMatching(/said/))
})

test('a hostile file costs nothing: too long, too deep, aliases of aliases', () => {
  expect(read(`a: ${'x'.repeat(1_000_001)}`)).toEqual(['1:1 tooLong'])
  expect(read('['.repeat(20_000))).toHaveLength(1)
  const laughs = Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(10)}]`).join('\n')
  expect(read(`a0: &a0 [x]\n${laughs}\nstreams: *a12\n`)).toEqual([expect.stringMatching(/aliasUnusable/)])
})

const dir = mkdtempSync(join(tmpdir(), 'mtxdeck-exporter-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const run = (...args: readonly string[]) => runCommand(args, { cwd: dir })

test('the command imports all into the running console, or nothing; a dry run needs none', async () => {
  writeFileSync(join(dir, 'config.yml'), file)
  const dry = await run('import', 'video-exporter', 'config.yml', '--dry-run')
  expect(dry.code).toBe(0)
  expect(dry.out).toContain('config.yml: 3 streams of 2 projects.')
  expect(dry.out).toContain('config.yml:5: listen_addr:')
  expect(dry.out).not.toContain('hunter2')
  expect(await run('import', 'video-exporter', 'config.yml', '--data-dir', 'deck')).toMatchObject({
    code: 69,
    err: expect.stringContaining('Nothing was imported.'),
  })

  const console = startCommand(['serve', '--data-dir', 'deck', '--listen', '127.0.0.1:0'], { cwd: dir })
  const [, url = ''] = await console.says(/console at (http:\/\/127\.0\.0\.1:\d+)/)
  const [, token = ''] = await console.says(/shown this once.*: ([\w-]{43})/)
  const probes = async () =>
    ((await (await fetch(`${url}/api/probes`, { headers: { Authorization: `Bearer ${token}` } })).json()) as { name: string; intervalSeconds: number }[]).map(
      ({ name, intervalSeconds }) => `${name} ${intervalSeconds}`,
    )
  writeFileSync(join(dir, 'here.yml'), `${file}    - { id: here, url: "rtsp://127.0.0.1/x" }\n`)
  const refused = await run('import', 'video-exporter', 'here.yml', '--data-dir', 'deck')
  expect(refused).toMatchObject({ code: 64, err: expect.stringMatching(/here\.yml:15: here: .*\n.*--allow-this-machine/) })
  expect(await probes()).toEqual([])

  expect(await run('import', 'video-exporter', 'config.yml', '--data-dir', 'deck')).toMatchObject({
    code: 0,
    out: expect.stringContaining('Imported: 3 probes added, 0 changed.'),
  })
  expect((await probes()).sort()).toEqual(['project1/stream-01 20', 'project2/stream-01 20', 'stream-02 20'])
  expect((await run('import', 'video-exporter', 'config.yml', '--data-dir', 'deck')).out).toContain('0 probes added, 3 changed')
  console.child.kill('SIGTERM')
  await console.ended
})
