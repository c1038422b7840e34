// `npm test`: the tests that can run on this machine, of those that take minutes the ones whose files have changed (tests/nightly.ts); `all`: these too; `unit` and `e2e`: a part of
// them all; `quick`: the units' without those that take longest. What is missing (a browser, a display, an Electron runtime, a MediaMTX) is said in a line with how to get it, and its tests are skipped by name. The last line counts.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { nightly } from '../tests/nightly.ts'
import type { UnitReport } from './unitReport.ts'

const node = process.execPath
const only = process.argv.slice(2)
const wants = (suite: string) => only.length === 0 || only.includes('all') || only.includes(suite)
const work = mkdtempSync(join(tmpdir(), 'mtxdeck-test-'))
const total = { passed: 0, failed: 0, skipped: 0 }
const skippedNames: string[] = []
const failures: string[] = []
/** Said again at the end, where it is found: the log of a run has thousands of lines. */
function failed(name: string, messages: readonly string[]) {
  total.failed++
  const lines = stripVTControlCharacters(messages.join('\n')).split('\n')
  failures.push([`  - ${name}`, ...lines.filter((line) => line.trim() !== '').slice(0, 12)].join('\n      '))
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const [code] = (await once(spawn(node, args, { stdio: 'inherit', env }), 'exit')) as [number | null]
  return code === 0
}

/** `env`: passed to vitest.config.ts. */
async function runUnit(env: NodeJS.ProcessEnv = {}) {
  const report = join(work, 'unit.json')
  const reporters = ['--reporter=default', '--reporter=./tools/unitReport.ts']
  const args = ['--disable-warning=ExperimentalWarning', 'node_modules/vitest/vitest.mjs', 'run', ...reporters]
  const succeeded = await run(args, { ...process.env, ...env, MTXDECK_UNIT_REPORT: report })
  if (!existsSync(report)) return failed('the unit tests', ['vitest left no report'])
  const { passed, skipped, failed: failures } = JSON.parse(readFileSync(report, 'utf8')) as UnitReport
  total.passed += passed
  total.skipped += skipped.length
  skippedNames.push(...skipped)
  for (const { name, messages } of failures) failed(name, messages)
  if (!succeeded && failures.length === 0) failed('the unit tests', ['vitest failed and said of no test why'])
}

/** What a run leaves out that has a limit, and has come to the windows too late to keep it. */
const longestGroup: keyof typeof nightly = 'every page in every language, and for everybody'

async function runEndToEnd(built: Promise<boolean>) {
  if (!(await built)) return failed('the build', ['no end-to-end test can run'])
  const { MTXDECK_WITHOUT: without = '', MTXDECK_WINDOWS_BY: windowsBy } = process.env
  if (windowsBy !== undefined && Date.now() > Number(windowsBy) * 1_000) {
    process.env.MTXDECK_WITHOUT = [...without.split('\n'), longestGroup].join('\n')
    console.log(`\nNot run, as the tests before took too long on this machine: ${longestGroup}.\n`)
  }
  const report = join(work, 'playwright.json')
  await run(['node_modules/@playwright/test/cli.js', 'test', '--config', 'tests/e2e/playwright.config.ts'], {
    ...process.env,
    PLAYWRIGHT_JSON_OUTPUT_FILE: report,
  })
  if (!existsSync(report)) return failed('the end-to-end tests', ['Playwright left no report'])
  interface ReportedError {
    readonly message?: string
  }
  interface Suite {
    readonly suites?: readonly Suite[]
    readonly specs?: readonly {
      readonly title: string
      readonly file: string
      readonly tests: readonly {
        readonly status: 'expected' | 'unexpected' | 'flaky' | 'skipped'
        readonly results: readonly { readonly errors: readonly ReportedError[] }[]
      }[]
    }[]
  }
  const messagesOf = (errors: readonly ReportedError[]) => errors.map(({ message = '' }) => message)
  const walk = (suite: Suite) => {
    for (const child of suite.suites ?? []) walk(child)
    for (const spec of suite.specs ?? [])
      for (const { status, results } of spec.tests) {
        if (status === 'expected') total.passed++
        else if (status === 'skipped') {
          total.skipped++
          skippedNames.push(spec.title)
        } else failed(`${spec.file}: ${spec.title}`, messagesOf(results.flatMap(({ errors }) => errors))) // flaky is broken
      }
  }
  const { suites, errors } = JSON.parse(readFileSync(report, 'utf8')) as { readonly suites: readonly Suite[]; readonly errors: readonly ReportedError[] }
  for (const suite of suites) walk(suite)
  for (const error of errors) failed('the end-to-end tests', messagesOf([error]))
}

/** Names of the files that differ from what was pushed, or else from the commit before; null: this is no checkout. */
function changedFiles(): string[] | null {
  const git = (...args: readonly string[]) => spawnSync('git', args, { encoding: 'utf8' })
  const upstream = git('rev-parse', '--verify', '--quiet', '@{upstream}').stdout?.trim()
  const before = upstream || git('rev-parse', '--verify', '--quiet', 'HEAD~1').stdout?.trim()
  if (!before) return null
  const lists = [git('diff', '--name-only', before), git('ls-files', '--others', '--exclude-standard')]
  return lists.flatMap(({ stdout }) => stdout.split('\n')).filter((name) => name !== '')
}

if (only.length === 0) {
  const changed = changedFiles()
  const without =
    changed === null ? [] : Object.keys(nightly).filter((name) => !nightly[name]?.about.some((start) => changed.some((file) => file.startsWith(start))))
  process.env.MTXDECK_WITHOUT = without.join('\n')
  if (without.length > 0) console.log(`Not run, as nothing that they are about has changed (\`npm test -- all\` runs them): ${without.join('; ')}.\n`)
}

// What the windows need is built while the other tests run.
const built = wants('e2e') ? run(['node_modules/electron-vite/bin/electron-vite.js', 'build', '--logLevel', 'warn']) : Promise.resolve(true)
if (wants('unit')) await runUnit()
if (only.includes('quick')) {
  await runUnit({ MTXDECK_TESTS: 'quick' })
  console.log('\nQuick: without the files of tests that take longest (vitest.config.ts) and without windows and browser; `npm test` runs all.')
}
if (wants('e2e')) await runEndToEnd(built)
rmSync(work, { recursive: true, force: true })
if (skippedNames.length > 0) console.log(`\nSkipped, because something is missing on this machine:\n${skippedNames.map((name) => `  - ${name}`).join('\n')}`)
if (failures.length > 0) console.log(`\nFailed:\n${failures.join('\n')}`)
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1)
