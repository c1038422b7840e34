import { Command } from 'commander'
import { vi } from 'vitest'
import { CommandFailure } from './command.ts'
import { addCommands } from './commands.ts'

/** What a command prints, or why and with which code it fails. `dir` is its data folder. */
export async function runCommand({ dir, token }: { readonly dir: string; readonly token: string }, args: readonly string[]): Promise<string> {
  let printed = ''
  const take = (line: unknown) => {
    printed += `${line}\n`
  }
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(take),
    vi.spyOn(console, 'error').mockImplementation(take),
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed += String(text)
      return true
    }),
  ]
  const program = new Command()
  vi.stubEnv('MTXDECK_DATA_DIR', dir)
  vi.stubEnv('MTXDECK_TOKEN', token)
  addCommands(program)
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    printed += error instanceof CommandFailure ? `failed ${error.exitCode}: ${error.message}` : `failed ${error}`
  }
  vi.unstubAllEnvs()
  for (const spy of spies) spy.mockRestore()
  return printed
}
