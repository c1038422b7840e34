import type { ConfigurationFinding } from '../shared/configurationFindings.ts'
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
