import type { ConfigurationFinding } from '../shared/configurationFindings.ts'
import type { PathPreview } from '../shared/pathEdits.ts'
import type { PathEditOutcome } from '../shared/pathSettings.ts'
import type { Words } from './errorText.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'
import { namesText } from './texts.ts'

/** What was found in a server's configuration, and what to do about it. */
export function configurationFindingText(finding: ConfigurationFinding, language: Language): Words {
  const say = sayIn(language)
  const facts = { ...finding, where: 'paths' in finding ? namesText(finding.paths, finding.count, language) : '' }
  return { what: say(`configurations.what.${finding.kind}`, facts), todo: say(`configurations.todo.${finding.kind}`, facts) }
}

/** What a change of path settings interrupts, and how long it lasts. */
export function pathPreviewTexts({ interrupts, streams, readers }: PathPreview, language: Language): string[] {
  const say = sayIn(language)
  const context = interrupts !== 'streams' ? undefined : streams === null ? 'unknown' : streams === 0 && (readers ?? 0) === 0 ? 'none' : undefined
  return [say(`pathEdits.${interrupts}`, { context, streams, readers: readers ?? 0 }), pathChangeLastsText(language)]
}

export function pathOutcomeText(outcome: PathEditOutcome, language: Language): string {
  return sayIn(language)(`pathEdits.outcomes.${outcome}`)
}
/** How long what the API of a server changes lasts. */
export function pathChangeLastsText(language: Language): string {
  return sayIn(language)('pathEdits.lasts')
}
