import { Command, CommanderError } from 'commander'
import { consoleTroubleText } from '../i18n/consoleTroubleText.ts'
import { settings } from '../shared/settings.ts'
import { CommandFailure, exitCodes, tell } from './command.ts'
import { addCommands } from './commands.ts'
import { readVersion } from './projectFiles.ts'

const neededMajor = 24

/** Help on the environment variables and what each one sets. */
function settingsHelp(): string {
  const width = Math.max(...settings.map(({ env }) => env.length))
  return settings.map(({ env, help, ...more }) => `  ${env.padEnd(width)}  ${help}${'yaml' in more ? ', as YAML or JSON' : ''}`).join('\n')
}

const program = new Command()
  .name('mtxdeck')
  .description('Watches MediaMTX media servers: every stream of all of them live, with history.')
  .version(readVersion(), '-V, --version', 'print the version')
  .exitOverride()
  // `check-config --version` is its own.
  .enablePositionalOptions()
  .configureOutput({ outputError: () => {} })
  .addHelpText(
    'after',
    () => `
Environment variables, one for each setting (flags win over them, they win over the file):
${settingsHelp()}
Of "start" alone: ELECTRON_OVERRIDE_DIST_PATH, the folder of another Electron.

Exit codes of "once": 0 all is well, 1 something critical or major is wrong with a stream or a probe, by the rules in force, 2 a server did not answer, 64 bad usage or configuration.`,
  )
addCommands(program)

async function run(args: readonly string[]): Promise<void> {
  const { node } = process.versions
  if (Number(node.split('.')[0]) < neededMajor) {
    tell(consoleTroubleText({ kind: 'nodeTooOld', version: node }, 'en'))
    process.exitCode = exitCodes.unavailable
    return
  }
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
      if (error.exitCode !== 0 && error.code !== 'commander.help') tell(`${error.message}\nRun "mtxdeck --help" for what there is.`)
    } else if (error instanceof CommandFailure) {
      tell(error.message)
      process.exitCode = error.exitCode
    } else throw error
  }
}

// `mtxdeck once | head`: the process that reads our output has ended.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(exitCodes.ok)
})
// Without this a bug would exit with 1, which for "once" means trouble with a stream. A running console logs its own end.
process.on('uncaughtException', (error) => {
  if (process.listenerCount('uncaughtException') > 1) return
  console.error(error)
  process.exit(exitCodes.crash)
})
await run(process.argv.slice(2))
