import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'

/** Perl, since a process of Node's does not go by the name of its file. */
const perl = ['/usr/bin/perl', '/usr/local/bin/perl'].find(existsSync)
/** Whether processes of any name can be started here that listen. */
export const canListenByName = process.platform === 'linux' && perl !== undefined

/** A process of a name, such as `mediamtx-a`, that listens at a port of 127.77.0.1, which no connection of another test takes, and does nothing else. */
interface NamedListener {
  readonly name: string
  readonly pid: number
  readonly port: number
  /** Ends it, as a crash does. Resolves when it is gone. */
  readonly die: () => Promise<void>
  readonly [Symbol.dispose]: () => void
}

const listen =
  '$| = 1; use IO::Socket::INET; my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.77.0.1", LocalPort => $ARGV[0], ReuseAddr => 1) or die; print $s->sockport, "\\n"; sleep 600'

/** `port`: 0 for any. */
export async function startNamedListener(folder: string, name: string, port = 0): Promise<NamedListener> {
  const file = join(folder, name)
  if (!existsSync(file)) copyFileSync(perl ?? '', file)
  const child = spawn(file, ['-e', listen, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  const ended = gone.then(() => Promise.reject(new Error(`${name} can't listen at port ${port}`)))
  ended.catch(() => {})
  const [chunk] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer]
  return {
    name,
    pid: child.pid ?? 0,
    port: Number(chunk.toString()),
    die: async () => {
      child.kill('SIGKILL')
      await gone
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  }
}
