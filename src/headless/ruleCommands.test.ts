import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { runCommand } from './runCommand.fixture.ts'
import { startTestConsole, type TestConsole } from './testConsole.fixture.ts'

let dir: string
let deck: TestConsole
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-rule-commands-'))
  deck = await startTestConsole({ rules: [{ id: 'hostCpu', above: 95 }] })
})
afterAll(async () => {
  await deck[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
})

function write(name: string, text: string): string {
  writeFileSync(join(dir, name), text)
  return join(dir, name)
}

const run = (...args: readonly string[]) => runCommand({ dir, token: deck.token }, args)

test('a file of rules is rehearsed, each rule with its sentence and what it does not say', async () => {
  const file = write('rules.yaml', 'rules:\n  - { id: hostCpu, above: 90 }\n  - { id: many, metric: path.readers, above: 500 }\n')
  const said = await run('rehearse', file, '--url', deck.url)
  expect(said).toMatch(/^hostCpu, .+ – .+: 0 alarms, as many as now\.$/m)
  expect(said).toMatch(/^many, .+ – .+: 0 alarms\.$/m)
  expect(said).toContain('Nothing is kept before')
})

test('scripts get JSON, and a list without its key is taken, too', async () => {
  const file = write('list.yaml', '- { id: hostCpu, above: 90 }\n')
  const { rules } = JSON.parse(await run('rehearse', file, '--json', '--from', '-2d', '--url', deck.url)) as {
    rules: { rule: string; from: number; to: number }[]
  }
  expect(rules).toMatchObject([{ rule: 'hostCpu', before: { total: 0 }, after: { total: 0 } }])
  expect((rules[0]?.to ?? 0) - (rules[0]?.from ?? 0)).toBeCloseTo(2 * 86_400_000, -4)
})

test.each([
  ['no file', ['rehearse', '/nowhere/rules.yaml'], /^failed 64: .*\/nowhere\/rules\.yaml.*ENOENT/],
  ['a period that ends before it begins', ['rehearse', 'x', '--from', '-1d', '--to', '-2d'], /^failed 64: .*--to/],
  ['no time', ['rehearse', 'x', '--from', 'soon'], /^failed 64: --from: expected a value such as 2026-/],
])('%s is bad usage', async (_, args, words) => {
  expect(await run(...args)).toMatch(words)
})

test('a mistake in a rule is said with its file and place, before anything is asked', async () => {
  expect(await run('rehearse', write('wrong.yaml', 'rules:\n  - { id: hostCpu, abov: 90 }\n'))).toMatch(/^failed 64: .*wrong\.yaml.*rules.*abov/)
})

test('where no console runs, it says so; where it refuses us, too', async () => {
  const file = write('rules.yaml', '- { id: hostCpu, above: 90 }\n')
  expect(await run('rehearse', file)).toBe(`failed 69: No console runs on ${dir}. Start it, or name one with --url.`)
  expect(await run('rules', '--url', 'nonsense')).toMatch(/^failed 64: --url/)
})

test('the rules come as they were entered, or for Prometheus', async () => {
  expect(await run('rules', '--url', deck.url)).toBe('rules: []\n')
  const said = await run('rules', '--prometheus', '--url', deck.url)
  expect(said).toContain('alert: hostCpu')
  expect(said).toContain('mtxdeck_host_cpu_ratio > 0.95')
})

test('the rules for Prometheus are YAML, as it reads them', async () => {
  const answer = await deck.ask('/api/rules/prometheus')
  const text = await answer.text()
  expect([answer.headers.get('content-type'), Object.keys(parse(text) as object)]).toEqual(['application/yaml', ['groups']])
  expect(await run('rules', '--prometheus', '--url', deck.url)).toBe(text)
})
