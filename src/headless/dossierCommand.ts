import type { Command } from 'commander'
import { commandWords } from '../shared/words/commandText.ts'
import { askConsole } from './askConsole.ts'
import { type ConsoleFlags, consoleOf, ofConsole, orFail, periodOf, writeTo } from './ruleCommands.ts'
import type { StoreCommandDeps } from './storeCommands.ts'

interface DossierFlags extends ConsoleFlags {
  readonly from: string
  readonly to: string
  readonly out?: string
  readonly language: string
  readonly hideAddresses?: boolean
}

/** Adds the command that asks a running console for a dossier of an incident, or of a period. */
export function addDossierCommand(program: Command, deps: StoreCommandDeps): void {
  const { commands, options } = commandWords.help
  ofConsole(program.command('dossier [incident]').description(commands.dossier))
    .option('--from <time>', options.from, '-1h')
    .option('--to <time>', options.to, 'now')
    .option('--out <file>', options.out)
    .option('--language <tag>', options.language, 'en')
    .option('--hide-addresses', options.hideAddresses)
    .action(async (incident: string | undefined, flags: DossierFlags) => {
      const period = orFail(deps, periodOf(flags, deps.clock.now()))
      const asked = orFail(deps, consoleOf(deps, flags))
      const query = new URLSearchParams({
        lang: flags.language,
        ...(incident === undefined && { since: String(period.from), until: String(period.to) }),
        ...(flags.hideAddresses && { hideAddresses: 'true' }),
      })
      const path = `/api/${incident === undefined ? '' : `incidents/${encodeURIComponent(incident)}/`}dossier?${query}`
      const page = await orFail(deps, await askConsole(asked, path)).text()
      if (flags.out === undefined) return void process.stdout.write(page)
      orFail(deps, writeTo(flags.out, page))
    })
}
