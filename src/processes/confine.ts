import { execFile, spawnSync } from 'node:child_process'
import { basename, dirname, join } from 'node:path'
import { compileCacheVariable, type MediaSandbox, plainEnvironment, type WantedSandbox } from '../shared/media.ts'
import { programFiles } from './programFiles.ts'
import { findSandbox, stateOf } from './sandbox.ts'

/** By its whole path: the PATH may change while the console runs. */
const keeper = ['/usr/bin/setpriv', '--no-new-privs', '--'] as const
let foundKeeper: readonly string[] | null = null

/**
 * Put before a program and its arguments, neither it nor what it starts can gain rights, by setuid programs or file capabilities. Empty where the
 * system has no setpriv there (util-linux). Asks once, which takes some ms.
 */
export function noNewPrivileges(): readonly string[] {
  const [program, ...args] = keeper
  foundKeeper ??= process.platform === 'linux' && spawnSync(program, [...args, 'true'], { stdio: 'ignore', timeout: 2_000 }).status === 0 ? keeper : []
  return foundKeeper
}

/** How a process that reads what strangers send is kept from this machine. */
export interface Confinement {
  readonly kind: MediaSandbox
  /** Put before Node and its arguments. It can then run `programs`, by their whole paths, besides those of the system. */
  readonly by: (programs: readonly string[]) => readonly string[]
  /** Changes when a running process sees other files than one that is started now: a program was replaced, or the machine's name servers are others. */
  readonly state: (programs: readonly string[]) => string
}

interface ConfineOptions {
  readonly wanted: WantedSandbox | null
  /** Folder of package.json. Of it the process sees the sources and the packages. */
  readonly projectDir: string
  /** Path of the Node that is started. */
  readonly node: string
  /** What it is to run. Run without a channel, it loads its modules and ends. */
  readonly entry: string
  readonly env: Readonly<Record<string, string | undefined>>
}

const loadLimitMs = 30_000
const flags = ['--disable-warning=ExperimentalWarning'] as const
/** By entry, whether it was loaded with the compile cache. */
const filled = new Map<string, Promise<boolean>>()

function runs([program = '', ...args]: readonly string[], env: Readonly<Record<string, string>>): Promise<boolean> {
  return new Promise((ended) => {
    execFile(program, args, { env, timeout: loadLimitMs, killSignal: 'SIGKILL' }, (error) => ended(error === null))
  })
}

/**
 * How Node is to be started with `entry`, in a sandbox if this machine has and allows one; tried once by loading it there. Without one it can at least gain
 * no rights, where the system has `setpriv`.
 */
export async function confine({ wanted, projectDir, node, entry, env }: ConfineOptions): Promise<Confinement> {
  const without = (kind: MediaSandbox): Confinement => ({ kind, by: noNewPrivileges, state: () => '' })
  const sandbox = wanted === 'off' ? wanted : await findSandbox()
  if (typeof sandbox === 'string') return without(sandbox)
  const cache = env[compileCacheVariable] ?? ''
  const own = [...programFiles(node, env), ...appFiles(projectDir), entry, ...(cache === '' ? [] : [cache])]
  const environment = { ...plainEnvironment(env), ...(cache !== '' && { [compileCacheVariable]: cache }) }
  // Its modules are compiled into the cache before, once: what is in a sandbox must not write there, because others would run it.
  if (cache !== '') filled.set(entry, filled.get(entry) ?? runs([node, ...flags, entry], environment))
  await filled.get(entry)
  if (!(await runs([...sandbox.around(own), node, ...flags, entry], environment))) return without('refused')
  const filesFor = (programs: readonly string[]) => [...own, ...programs.flatMap((program) => programFiles(program, env))]
  return { kind: 'bwrap', by: (programs) => sandbox.around(filesFor(programs)), state: (programs) => stateOf(filesFor(programs)) }
}

/** Sources and packages. Installed as a package, those that it needs may lie beside it. */
function appFiles(projectDir: string): readonly string[] {
  const beside = dirname(projectDir)
  return [...['package.json', 'src', 'node_modules'].map((name) => join(projectDir, name)), ...(basename(beside) === 'node_modules' ? [beside] : [])]
}
