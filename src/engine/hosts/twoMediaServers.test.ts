import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSystemClock } from '../../clock/clock.ts'
import { hostErrorText } from '../../i18n/errorText.ts'
import { authorizedKeysLine } from '../../shared/hostRecipe.ts'
import { createRemoteHosts, type HostCollector } from './hostCollector.ts'
import { processOf } from './hostsState.ts'
import { createLocalHost } from './localHost.ts'
import { canListenByName, startNamedListener } from './testMediaProcess.fixture.ts'
import { createKeyFolder, createKeyPair, createTestSshd, hasSshd, type KeyPair, type TestSshd } from './testSshd.fixture.ts'

const never = new AbortController().signal

/** What is shown of the server whose API is at a port, in reading after reading, until it is so. */
function follow(reader: HostCollector, api: number) {
  const choose = async () => {
    const read = await reader.read(never)
    if (!read.ok) throw new Error(hostErrorText(read.error, 'en'))
    return processOf(read.value.mediaProcesses, api)
  }
  return async (pid: number | null) => {
    for (let turn = 0; turn < 20; turn++) {
      const process = await choose()
      if ((process?.pid ?? null) === pid) return process
      await pause(500)
    }
    throw new Error('it is not shown')
  }
}

describe.skipIf(!canListenByName)('two media servers on this machine, of which one is watched by its port', () => {
  let folder: string
  const keys = createKeyFolder()
  let key: KeyPair
  let sshd: TestSshd | null = null
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'two-media-'))
    key = createKeyPair(keys.path, 'user')
    if (!hasSshd) return
    sshd = await createTestSshd()
    sshd.authorize(key, authorizedKeysLine(key.publicLine).slice(0, -key.publicLine.length - 1))
  })
  afterAll(async () => {
    await sshd?.[Symbol.asyncDispose]()
    keys[Symbol.dispose]()
    rmSync(folder, { recursive: true, force: true })
  })
  const remote = (): HostCollector => {
    if (sshd === null) throw new Error('there is no sshd here')
    return createRemoteHosts(createSystemClock())({
      target: sshd.target,
      jump: [],
      auth: { kind: 'key', key: key.privateText, keyFile: null, passphrase: null },
      knownHostsFiles: [sshd.knownHostsFile],
      accepted: () => [],
    })
  }
  const ways: readonly [string, boolean, () => HostCollector][] = [
    ['by this machine’s own reader', true, () => createLocalHost(createSystemClock())],
    ['over SSH, with the line of least privilege', hasSshd, remote],
  ]

  it.each(ways)('is distinguished from the other one %s: its end, and its next process', async (_name, isPossible, open) => {
    if (!isPossible) return
    using other = await startNamedListener(folder, 'mediamtx-a')
    const watched = await startNamedListener(folder, 'mediamtx-b')
    const reader = open()
    try {
      const shows = follow(reader, watched.port)
      expect(await shows(watched.pid)).toMatchObject({ ports: [watched.port] })
      await watched.die()
      // The other one goes on, and is not taken for it.
      expect(await shows(null)).toBeNull()
      using next = await startNamedListener(folder, 'mediamtx-b', watched.port)
      expect(await shows(next.pid)).toMatchObject({ pid: next.pid })
      expect(next.pid).not.toBe(other.pid)
    } finally {
      reader.close()
    }
  })
})
