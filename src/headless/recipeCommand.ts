import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { errorCode } from '../configuration/errorCode.ts'
import type { Failure } from '../shared/commands.ts'
import { authorizedKeysLine, authorizedKeysLineOfFile, authorizedKeysLineOfJumpHost, collectorFile } from '../shared/hostRecipe.ts'
import type { commandWords } from '../shared/words/commandText.ts'
import { exitCodes } from './exitCodes.ts'

interface RecipeFlags {
  readonly key?: string
  readonly script?: true
  readonly installed?: true
  readonly jumpTo?: readonly string[]
}

/** Adds the command that prints what to install on a host so that its figures can be read, and nothing else. */
export function addRecipeCommand(program: Command, { commands, options }: typeof commandWords.help, fail: (failure: Failure, exitCode: number) => never): void {
  program
    .command('recipe')
    .description(commands.recipe)
    .option('--key <file>', options.key)
    .option('--installed', options.installed)
    .option('--jump-to <host:port...>', options.jumpTo)
    .option('--script', options.script)
    .action((flags: RecipeFlags) => {
      if (flags.script) return void process.stdout.write(collectorFile)
      if (flags.key === undefined) return fail({ kind: 'keyNotNamed' }, exitCodes.usage)
      const publicKey = readPublicKey(flags.key, fail)
      const { jumpTo } = flags
      const wrong = jumpTo?.find((target) => !/^[\w.:[\]-]+:\d{1,5}$/.test(target))
      if (wrong !== undefined) return fail({ kind: 'notHostAndPort', text: wrong }, exitCodes.usage)
      if (jumpTo) console.log(authorizedKeysLineOfJumpHost(jumpTo, publicKey))
      else console.log(flags.installed ? authorizedKeysLineOfFile(publicKey) : authorizedKeysLine(publicKey))
    })
}

function readPublicKey(file: string, fail: (failure: Failure, exitCode: number) => never): string {
  let text = ''
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    return fail({ kind: 'keyUnreadable', file, because: errorCode(error) }, exitCodes.usage)
  }
  // If the file is the private key by mistake, it must not be printed.
  return /^[\w@.-]+ [\w+/=]+( [^\n]*)?$/.test(text) ? text : fail({ kind: 'notAPublicKey', file }, exitCodes.usage)
}
