import { readFileSync } from 'node:fs'
import { mkdir, open, realpath, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Clock, inTime } from '../clock/clock.ts'
import type { ConsoleTrouble } from '../shared/consoleTroubles.ts'

/** A write that takes longer than this is slow, and one that takes longer than the limit is not waited for. */
const [slowMs, limitMs] = [1_000, 5_000]

/** As Linux calls them. Of those that programs serve (FUSE) only those that lie on another machine: others are as good as the disk below them. */
const networkTypes =
  /^(nfs4?|cifs|smb3|smbfs|9p|ceph|afs|lustre|beegfs|gpfs|fuse\.(sshfs|glusterfs|ceph\S*|s3fs|rclone|gcsfuse|juicefs|mfs|davfs\S*|curlftpfs|smbnetfs))$/

/**
 * Looks once, before the data folder is opened, whether it lies on a network file system (on Linux), and how long a small write takes that waits for the
 * disk. Resolves within 5 s, whatever the disk does. null: all is well, or the disk refuses the write, which opening the folder says.
 */
export async function checkFolder(clock: Clock, folder: string, mountsFile = '/proc/self/mountinfo'): Promise<ConsoleTrouble | null> {
  const beganAt = clock.monotonic()
  const real = await inTime(clock, limitMs, writeInto(folder))
  const tookMs = Math.round(clock.monotonic() - beganAt)
  const fileSystem = networkFileSystem(mountsFile, real ?? resolve(folder))
  if (fileSystem !== null) return { kind: 'folderOnNetwork', folder, fileSystem }
  return tookMs < slowMs ? null : { kind: 'folderSlow', folder, tookMs, hasAnswered: real !== null }
}

/** Writes a page and waits until it is on the disk, in a thread of Node's pool. Resolves to the folder without links, once the disk has answered, if by an error. */
async function writeInto(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const real = await realpath(folder)
    const file = join(real, 'disk-test')
    try {
      await using handle = await open(file, 'w', 0o600)
      await handle.write(new Uint8Array(4096))
      await handle.sync()
    } finally {
      await rm(file, { force: true })
    }
    return real
  } catch {
    return resolve(folder)
  }
}

/** The type of the network file system that a folder lies on; null: of another one, or not known. */
function networkFileSystem(mountsFile: string, folder: string): string | null {
  let best = { mount: '', type: '' }
  for (const line of mountLines(mountsFile)) {
    const [before = '', after = ''] = line.split(' - ', 2)
    const mount = (before.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
    const holds = folder === mount || folder.startsWith(mount.endsWith('/') ? mount : `${mount}/`)
    // Of two at one place, the later one covers the other.
    if (mount !== '' && holds && mount.length >= best.mount.length) best = { mount, type: after.split(' ')[0] ?? '' }
  }
  return networkTypes.test(best.type) ? best.type : null
}

function mountLines(file: string): readonly string[] {
  if (process.platform !== 'linux') return []
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}
