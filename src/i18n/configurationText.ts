import type { ConfigurationFinding } from '../shared/configurationFindings.ts'
import type { CheckedFile } from '../shared/configurations.ts'
import type { ConnectionStep, YmlLine } from '../shared/connectionTest.ts'
import type { PathPreview } from '../shared/pathEdits.ts'
import type { PathEditOutcome } from '../shared/pathSettings.ts'
import { endpointName } from './diagnosisText.ts'
import { serverErrorText, type Words } from './errorText.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'
import { joined, namesText } from './texts.ts'
import { problemText } from './validationErrorText.ts'

export function configurationFindingText(finding: ConfigurationFinding, language: Language): Words {
  const say = sayIn(language)
  const facts = { ...finding, where: 'paths' in finding ? namesText(finding.paths, finding.count, language) : '' }
  return { what: say(`configurations.what.${finding.kind}`, facts), todo: say(`configurations.todo.${finding.kind}`, facts) }
}

/** The mistakes of a configuration file, one a line as `mediamtx.yml:7:5: key: …`, and how many there are by the keys of which versions. */
export function checkedFileTexts(file: string, { version, comparedWith, mistakes, more }: CheckedFile, language: Language): readonly string[] {
  const say = sayIn(language)
  const known = comparedWith.length === 1 && comparedWith[0] === version
  return [
    ...mistakes.map(({ line, column, key, validationError }) => problemText({ at: `${file}:${line}:${column}`, key, validationError }, language)),
    joined(say('configurations.checked', { count: mistakes.length + more, version }), !known && say('configurations.checkedBy', { versions: comparedWith })),
  ]
}

export function pathPreviewTexts({ interrupts, streams, readers }: PathPreview, language: Language): string[] {
  const say = sayIn(language)
  const context = interrupts !== 'streams' ? undefined : streams === null ? 'unknown' : streams === 0 && (readers ?? 0) === 0 ? 'none' : undefined
  return [say(`pathEdits.${interrupts}`, { context, streams, readers: readers ?? 0 }), pathChangeLastsText(language)]
}

export function pathOutcomeText(outcome: PathEditOutcome, language: Language): string {
  return sayIn(language)(`pathEdits.outcomes.${outcome}`)
}
export function pathChangeLastsText(language: Language): string {
  return sayIn(language)('pathEdits.lasts')
}

export function stepText({ what: key, found }: Pick<ConnectionStep, 'what' | 'found'>, language: Language): Words {
  const say = sayIn(language)
  switch (found.kind) {
    case 'error': {
      // A test does not poll, so that nothing is halted.
      if (found.error.kind === 'unauthorized' && found.error.credentialsGiven)
        return { what: say('connection.found.wrongPassword'), todo: say('connection.todo.wrongPassword') }
      return serverErrorText(found.error, language)
    }
    case 'apiElsewhere':
      return { what: serverErrorText(found.error, language).what, todo: say('connection.todo.useAddress', found) }
    case 'apiAnswers': {
      const { version, paths, open, passwordInClear } = found
      const what = joined(
        say('connection.found.apiAnswers', { version: version ?? '< 1.15.2', paths }),
        open && say('notices.cautions.openToAll'),
        passwordInClear && say('notices.cautions.passwordUnencrypted'),
      )
      return { what, todo: '' }
    }
    case 'apiOff':
    case 'notAnAddress':
      return { what: say(`connection.found.${found.kind}`), todo: say(`connection.todo.${found.kind}`) }
    default:
      return { what: say(`diagnosis.found.${found.kind}`, { ...found, endpoint: endpointName(key, language), setting: key }), todo: '' }
  }
}

export function ymlText(lines: readonly YmlLine[], language: Language): string {
  const say = sayIn(language)
  return lines.map((line) => `${typeof line === 'string' ? line : `${line.before}${say(`connection.remarks.${line.remark}`)}${line.after}`}\n`).join('')
}
