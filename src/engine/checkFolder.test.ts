import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestClock } from '../clock/testClock.ts'
import { checkFolder } from './checkFolder.ts'

let root: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'mtxdeck-check-')))
})
afterEach(() => rmSync(root, { recursive: true }))

test('a folder of a local disk is made if it is missing, answers, and nothing is left in it', async () => {
  const folder = join(root, 'not yet', 'data')
  expect(await checkFolder(createTestClock(), folder)).toBe(null)
  expect(readdirSync(folder)).toEqual([])
})

test('a disk that refuses the write is no slow one: opening the folder says what is wrong', async () => {
  writeFileSync(join(root, 'file'), '')
  expect(await checkFolder(createTestClock(), join(root, 'file', 'data'))).toBe(null)
})

describe.skipIf(process.platform === 'win32')('a disk that keeps a write waiting, as a pipe without a reader does', () => {
  const hold = () => execFileSync('mkfifo', [join(root, 'disk-test')])
  const release = async () => (await open(join(root, 'disk-test'), 'r')).close()

  test('one that answers after seconds is slow', async () => {
    hold()
    const clock = createTestClock()
    const found = checkFolder(clock, root)
    await clock.advance(3_000)
    await release()
    expect(await found).toEqual({ kind: 'folderSlow', folder: root, tookMs: 3_000, hasAnswered: true })
    expect(clock.pending()).toBe(0)
  })

  test('one that does not answer is waited for five seconds, and no longer', async () => {
    hold()
    const clock = createTestClock()
    const found = checkFolder(clock, root)
    await clock.advance(5_000)
    expect(await found).toEqual({ kind: 'folderSlow', folder: root, tookMs: 5_000, hasAnswered: false })
    await release()
    await expect.poll(() => readdirSync(root)).toEqual([])
  })
})

describe.runIf(process.platform === 'linux')('what /proc/self/mountinfo says of it', () => {
  const line = (mount: string, type: string) => `36 35 0:31 / ${mount.replaceAll(' ', '\\040')} rw,relatime shared:1 - ${type} nas:/export rw`
  const typeOf = async (folder: string, ...mounts: readonly string[]) => {
    const file = join(root, 'mountinfo')
    writeFileSync(file, `${[line('/', 'ext4'), ...mounts].join('\n')}\n`)
    const found = await checkFolder(createTestClock(), folder, file)
    return found?.kind === 'folderOnNetwork' ? found.fileSystem : found
  }

  test.each(['nfs', 'nfs4', 'cifs', 'smb3', '9p', 'ceph', 'fuse.sshfs', 'fuse.glusterfs', 'fuse.ceph-fuse'])('%s lies on another machine', async (type) => {
    expect(await typeOf(join(root, 'data'), line(root, type))).toBe(type)
  })
  test.each(['ext4', 'overlay', 'tmpfs', 'fuseblk', 'fuse.mergerfs', 'autofs'])('%s does not', async (type) => {
    expect(await typeOf(join(root, 'data'), line(root, type))).toBe(null)
  })

  test('the mount nearest to the folder counts, and of two at one place the later one', async () => {
    const data = join(root, 'a b', 'data')
    expect(await typeOf(data, line(join(root, 'a b'), 'nfs4'), line(root, 'ext4'))).toBe('nfs4')
    expect(await typeOf(data, line(root, 'nfs4'), line(join(root, 'a b'), 'ext4'))).toBe(null)
    expect(await typeOf(data, line(root, 'autofs'), line(root, 'nfs4'))).toBe('nfs4')
    // A folder beside it, whose name begins alike.
    expect(await typeOf(`${root}/database`, line(`${root}/data`, 'nfs4'))).toBe(null)
  })

  test('a link leads to where the folder really lies', async () => {
    const nas = join(root, 'nas')
    mkdirSync(nas)
    symlinkSync(nas, join(root, 'data'))
    expect(await typeOf(join(root, 'data'), line(nas, 'nfs4'))).toBe('nfs4')
  })

  test('one that does not answer is known by its name', async () => {
    execFileSync('mkfifo', [join(root, 'disk-test')])
    const file = join(root, 'mountinfo')
    writeFileSync(file, `${line(root, 'nfs4')}\n`)
    const clock = createTestClock()
    const found = checkFolder(clock, root, file)
    await clock.advance(5_000)
    expect(await found).toEqual({ kind: 'folderOnNetwork', folder: root, fileSystem: 'nfs4' })
    await (await open(join(root, 'disk-test'), 'r')).close()
    await expect.poll(() => readdirSync(root)).toEqual(['mountinfo'])
  })
})
