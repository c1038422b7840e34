import { checkConfigurationFile } from '../engine/configurations/checkFile.ts'
import { errorCode, readBoundedNow } from '../engine/readBounded.ts'
import { largestForeignFile } from '../engine/yaml.ts'
import { checkedFileTexts } from '../i18n/configurationText.ts'
import { problemText } from '../i18n/validationErrorText.ts'
import { versionPattern } from '../shared/configurations.ts'
import { exitCodes, fail, print } from './command.ts'

export function checkConfig(file: string, { version: asked }: { readonly version?: string }) {
  if (asked !== undefined && !versionPattern.test(asked)) return fail(`"${asked}" is not a version such as 1.20.1`, exitCodes.usage)
  let text: string
  try {
    text = readBoundedNow(file, largestForeignFile)
  } catch (error) {
    return fail(problemText({ at: '', key: '', validationError: { kind: 'fileUnreadable', file, code: errorCode(error) } }, 'en'), exitCodes.usage)
  }
  const checked = checkConfigurationFile(text, asked ?? null)
  print(checkedFileTexts(file, checked, 'en').join('\n'))
  process.exitCode = checked.mistakes.length === 0 ? exitCodes.ok : exitCodes.fileTrouble
}
