import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { errorCode } from '../configuration/errorCode.ts'
import { authorizedKeysLine, authorizedKeysLineOfFile, authorizedKeysLineOfJumpHost, collectorFile } from '../shared/hostRecipe.ts'
import { exitCodes } from './exitCodes.ts'

interface RecipeFlags {
  readonly key?: string
  readonly script?: true
  readonly installed?: true
  readonly jumpTo?: readonly string[]
}

/** Adds the command that prints what a host needs for its figures to be read, and nothing beside. */
export function addRecipeCommand(program: Command, fail: (words: string, exitCode: number) => never): void {
  program
    .command('recipe')
    .description('print the line of authorized_keys with which a key can read the figures of a host, and do nothing else')
    .option('--key <file>', 'the public half of the key (….pub)')
    .option('--installed', 'the line for a host that has the script as a file')
    .option('--jump-to <host:port...>', 'the line for a jump host instead, which leads to these')
    .option('--script', 'that file')
    .action((flags: RecipeFlags) => {
      if (flags.script) return void process.stdout.write(collectorFile)
      if (flags.key === undefined) return fail('Name the public half of the key: --key id_ed25519.pub', exitCodes.usage)
      const publicKey = readPublicKey(flags.key, fail)
      const { jumpTo } = flags
      const wrong = jumpTo?.find((target) => !/^[\w.:[\]-]+:\d{1,5}$/.test(target))
      if (wrong !== undefined) return fail(`"${wrong}" is not of the form host:port`, exitCodes.usage)
      if (jumpTo) console.log(authorizedKeysLineOfJumpHost(jumpTo, publicKey))
      else console.log(flags.installed ? authorizedKeysLineOfFile(publicKey) : authorizedKeysLine(publicKey))
    })
}

function readPublicKey(file: string, fail: (words: string, exitCode: number) => never): string {
  let text = ''
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    return fail(`Can't read ${file}: ${errorCode(error)}`, exitCodes.usage)
  }
  // Whoever names the private half by mistake must not find it on the screen.
  return /^[\w@.-]+ [\w+/=]+( [^\n]*)?$/.test(text)
    ? text
    : fail(`${file} is not the public half of a key: one line such as "ssh-ed25519 AAAA… name"`, exitCodes.usage)
}
