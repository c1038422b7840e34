import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'vitest'
import { projectDir } from './projectFiles.ts'

/** A command line that a test started, as a process of its own. */
export interface TestCommand {
  readonly child: ChildProcess
  /** What it wrote so far, to standard output and standard error. */
  readonly said: { out: string; err: string }
  /** Its exit code, once all was read that it wrote. */
  readonly ended: Promise<number | null>
  /** What a pattern finds in its standard output, waited for; throws what it said where it ends without. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>
}

export interface TestCommandOptions {
  readonly cwd: string
  /** Variables of ours and of Node are those that are named here, and no others; the language is English where none is named. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: `mtxdeck` as a user starts it, on whatever Node is there, which goes on by itself on Node 24. */
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

/** Runs a command to its end. */
export async function runCommand(
  args: readonly string[],
  options: TestCommandOptions,
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const { ended, said } = startCommand(args, options)
  return { code: await ended, ...said }
}
