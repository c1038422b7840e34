// `npm test`: all tests that can run on this machine. What is missing (a browser, a display, an Electron runtime, a
// MediaMTX) is said in a line with how to get it, and its tests are skipped by name. The last line counts.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const node = process.execPath
const only = process.argv.slice(2)
const wants = (suite: string) => only.length === 0 || only.includes(suite)
const work = mkdtempSync(join(tmpdir(), 'mtxdeck-test-'))
const total = { passed: 0, failed: 0, skipped: 0 }
const skippedNames: string[] = []

async function run(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const [code] = (await once(spawn(node, args, { stdio: 'inherit', env }), 'exit')) as [number | null]
  return code === 0
}

async function runUnit() {
  const report = join(work, 'vitest.json')
  await run([
    '--disable-warning=ExperimentalWarning',
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ])
  if (!existsSync(report)) {
    total.failed++
    console.error('vitest left no report')
    return
  }
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    readonly testResults: readonly {
      readonly name: string
      readonly status: string
      readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
    }[]
  }
  for (const file of testResults) {
    // A file that does not even load has no assertions, and is a failure all the same.
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) total.failed++
    for (const { fullName, status } of file.assertionResults) {
      if (status === 'passed') total.passed++
      else if (status === 'failed') total.failed++
      else {
        total.skipped++
        skippedNames.push(fullName)
      }
    }
  }
}

async function runEndToEnd(built: Promise<boolean>) {
  if (!(await built)) {
    total.failed++
    console.error('the build failed: no end-to-end test can run')
    return
  }
  const report = join(work, 'playwright.json')
  await run(['node_modules/@playwright/test/cli.js', 'test', '--config', 'tests/e2e/playwright.config.ts'], {
    ...process.env,
    PLAYWRIGHT_JSON_OUTPUT_FILE: report,
  })
  if (!existsSync(report)) {
    total.failed++
    console.error('Playwright left no report')
    return
  }
  interface Suite {
    readonly suites?: readonly Suite[]
    readonly specs?: readonly { readonly title: string; readonly tests: readonly { readonly status: 'expected' | 'unexpected' | 'flaky' | 'skipped' }[] }[]
  }
  const walk = (suite: Suite) => {
    for (const child of suite.suites ?? []) walk(child)
    for (const spec of suite.specs ?? [])
      for (const { status } of spec.tests) {
        if (status === 'expected') total.passed++
        else if (status === 'skipped') {
          total.skipped++
          skippedNames.push(spec.title)
        } else total.failed++ // flaky is broken
      }
  }
  const { suites, errors } = JSON.parse(readFileSync(report, 'utf8')) as { readonly suites: readonly Suite[]; readonly errors: readonly unknown[] }
  for (const suite of suites) walk(suite)
  total.failed += errors.length
}

// What the windows need is built while the other tests run.
const built = wants('e2e') ? run(['node_modules/electron-vite/bin/electron-vite.js', 'build', '--logLevel', 'warn']) : Promise.resolve(true)
if (wants('unit')) await runUnit()
if (wants('e2e')) await runEndToEnd(built)
rmSync(work, { recursive: true, force: true })
if (skippedNames.length > 0) console.log(`\nSkipped, because something is missing on this machine:\n${skippedNames.map((name) => `  - ${name}`).join('\n')}`)
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1)
