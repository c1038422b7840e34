import { Liquid } from 'liquidjs'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Notification } from './notification.ts'
import { saidOf } from './sent.ts'

/** Templates read no files, see nothing but the message, and end soon. */
const liquid = new Liquid({ templates: {}, ownPropertyOnly: true, strictFilters: true, parseLimit: 100_000, renderLimit: 200, memoryLimit: 1_000_000 })

function attempt<T>(make: () => T): Result<T, string> {
  try {
    return ok(make())
  } catch (error) {
    return err(saidOf(error instanceof Error ? error.message : String(error)))
  }
}

/** What is wrong with the text of a template; null: nothing. */
export function templateProblem(text: string): string | null {
  const parsed = attempt(() => liquid.parse(text))
  return parsed.ok ? null : parsed.error
}

/** A message in the form of a template, or why it has none. */
export function inTemplate(text: string, notification: Notification): Result<string, string> {
  return attempt(() => String(liquid.parseAndRenderSync(text, { ...notification })))
}
