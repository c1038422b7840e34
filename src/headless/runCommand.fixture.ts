import { join } from 'node:path'
import { Command } from 'commander'
import { vi } from 'vitest'
import { createSystemClock } from '../clock/clock.ts'
import { failureText } from '../shared/words/commandText.ts'
import type { StoreCommandDeps } from './storeCommands.ts'
import type { TestConsole } from './testConsole.ts'

interface RunInput {
  readonly add: (program: Command, deps: StoreCommandDeps) => void
  readonly deck: Pick<TestConsole, 'token'>
  /** Its data folder. */
  readonly dir: string
}

/** What a command prints, or why and with which code it fails. */
export async function runCommand({ add, deck, dir }: RunInput, args: readonly string[]): Promise<string> {
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
  add(program, {
    clock: createSystemClock(),
    version: '0',
    configOf: () => ({ dataDir: dir, token: deck.token, tokenFile: join(dir, 'token') }),
    stopSignal: () => new AbortController().signal,
    onProgress: () => {},
    fail: (failure, exitCode) => {
      throw new Error(`${exitCode}: ${failureText(failure)}`)
    },
  })
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    printed += `failed ${error instanceof Error ? error.message : error}`
  }
  for (const spy of spies) spy.mockRestore()
  return printed
}
