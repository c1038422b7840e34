import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { SerializedError } from 'vitest'
import type { Reporter, TestModule } from 'vitest/node'

/** What a run of vitest came to. Its own JSON leaves out what fails around tests: a hook of a `describe`, a second error of a file, a rejection that nobody handled. */
export interface UnitReport {
  readonly passed: number
  /** Full names. */
  readonly skipped: readonly string[]
  readonly failed: readonly { readonly name: string; readonly messages: readonly string[] }[]
}

/** Writes it to the file that MTXDECK_UNIT_REPORT names. */
export default class implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const messagesOf = (errors: readonly { readonly message: string; readonly stack?: string }[]) => errors.map(({ stack, message }) => stack ?? message)
    const failed: { name: string; messages: string[] }[] = []
    const fails = (name: string, errors: Parameters<typeof messagesOf>[0]) => {
      if (errors.length > 0) failed.push({ name, messages: messagesOf(errors) })
    }
    const skipped: string[] = []
    let passed = 0
    for (const module of modules) {
      const file = relative('.', module.moduleId)
      fails(file, module.errors())
      for (const suite of module.children.allSuites()) fails(`${file}: ${suite.fullName}`, suite.errors())
      for (const test of module.children.allTests()) {
        const { state, errors = [] } = test.result()
        if (state === 'passed') passed++
        else if (state === 'failed') fails(`${file}: ${test.fullName}`, errors)
        else skipped.push(test.fullName)
      }
    }
    fails('the unit tests', unhandled)
    writeFileSync(process.env.MTXDECK_UNIT_REPORT ?? 'unit-report.json', JSON.stringify({ passed, skipped, failed } satisfies UnitReport))
  }
}
