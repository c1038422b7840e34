import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'vitest'
import { projectDir } from './projectFiles.ts'

/** A command started by a test as a separate process. */
export interface TestCommand {
  readonly child: ChildProcess
  /** Its output so far on stdout and stderr. */
  readonly said: { out: string; err: string }
  /** Resolves to its exit code once all of its output has been read. */
  readonly ended: Promise<number | null>
  /** Waits until the pattern matches its stdout. Throws its output if it exits without a match. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>
}

export interface TestCommandOptions {
  readonly cwd: string
  /** Added to the inherited environment, from which variables of mtxdeck, Node and Vitest are removed; the locale defaults to C (English). */
  readonly env?: Readonly<Record<string, string>>
  /** Default: `mtxdeck` as a user starts it, with the installed Node; it re-executes itself on Node 24. */
  readonly program?: readonly [file: string, ...args: string[]]
}

export function startCommand(
  args: readonly string[],
  { cwd, env = {}, program = ['node', join(projectDir, 'bin', 'mtxdeck.mjs')] }: TestCommandOptions,
): TestCommand {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(MTXDECK_|NODE_|VITEST)/.test(name)))
  const [file, ...first] = program
  const child = spawn(file, [...first, ...args], { cwd, env: { ...inherited, LC_ALL: 'C', ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { out: '', err: '' }
  child.stdout.on('data', (part) => {
    said.out += String(part)
  })
  child.stderr.on('data', (part) => {
    said.err += String(part)
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const says = async (pattern: RegExp) => {
    await expect.poll(() => pattern.test(said.out) || child.exitCode !== null).toBe(true)
    const found = pattern.exec(said.out)
    if (!found) throw new Error(`${said.out}\n${said.err}`)
    return found
  }
  return { child, said, ended, says }
}

/** Runs a command until it exits. */
export async function runCommand(
  args: readonly string[],
  options: TestCommandOptions,
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const { ended, said } = startCommand(args, options)
  return { code: await ended, ...said }
}
