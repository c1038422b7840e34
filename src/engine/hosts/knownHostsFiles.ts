import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The existing known_hosts files that this user's ssh reads, too (ssh_config(5), UserKnownHostsFile and GlobalKnownHostsFile). */
export function usualKnownHostsFiles(): readonly string[] {
  const files = [join(homedir(), '.ssh', 'known_hosts')]
  if (process.platform !== 'win32') files.push('/etc/ssh/ssh_known_hosts')
  else if (process.env.PROGRAMDATA !== undefined) files.push(join(process.env.PROGRAMDATA, 'ssh', 'ssh_known_hosts'))
  return files.filter((file) => existsSync(file))
}
