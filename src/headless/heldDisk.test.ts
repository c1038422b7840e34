import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSystemClock } from '../clock/clock.ts'
import { createDemoFleet } from '../demo/demoFleet.fixture.ts'
import { serversToYaml } from './serversToYaml.ts'
import { startCommand } from './testCommand.fixture.ts'

/**
 * Comes before the C library: whoever waits until something is on the disk of `$HELD` waits for as long as there is a file `$HELD.held`, and is
 * noted in `$HELD.synced` afterwards.
 */
const library = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void hold(int file) {
  const char *held = getenv("HELD");
  char link[64], name[4096], mark[4096];
  if (!held) return;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  snprintf(mark, sizeof mark, "%s.held", held);
  ssize_t length = readlink(link, name, sizeof name - 1);
  name[length < 0 ? 0 : length] = 0;
  if (strncmp(name, held, strlen(held))) return;
  while (!access(mark, F_OK)) usleep(5000);
  snprintf(mark, sizeof mark, "%s.synced", held);
  int note = open(mark, O_WRONLY | O_APPEND | O_CREAT, 0600);
  dprintf(note, "%s\\n", name + strlen(held) + 1);
  close(note);
}
int fsync(int file) { hold(file); return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file); }
int fdatasync(int file) { hold(file); return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file); }
`
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mtxdeck-held-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const canHold = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0

describe.runIf(canHold)('a disk that keeps all waiting who want something to be on it (needs Linux and a C compiler)', () => {
  test('polling, evaluating and signing in go on, and what was done meanwhile is kept', async () => {
    const preload = join(folder, 'hold.so')
    const compiled = spawnSync('cc', ['-shared', '-fPIC', '-x', 'c', '-', '-o', preload, '-ldl'], { input: library, encoding: 'utf8' })
    expect([compiled.status, compiled.stderr]).toEqual([0, ''])
    const fleet = await createDemoFleet({
      clock: createSystemClock(),
      seed: 'held',
      servers: [{ name: 'one', paths: [{ name: 'cam1', mode: 'publisher', live: true }], intervalSeconds: 0.5 }],
    })
    await using _fleet = fleet
    const data = join(folder, 'data')
    mkdirSync(data)
    const file = join(folder, 'mtxdeck.yaml')
    writeFileSync(file, serversToYaml([fleet.server('one').input]))
    const token = 'a-token-that-is-long-enough'
    const start = () =>
      startCommand(['serve', '--config', file, '--data-dir', data, '--listen', '127.0.0.1:0'], {
        cwd: folder,
        env: { LD_PRELOAD: preload, HELD: data, MTXDECK_TOKEN: token },
      })
    let command = start()
    let url: string | undefined
    const json = (body: object) => ({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
    const ask = async (path: string, init: RequestInit = {}) =>
      fetch(`${url}${path}`, { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` } })
    const read = async <T>(path: string) => (await (await ask(path)).json()) as T
    const bytes = async () => (await read<{ bytesReceived: number }[]>('/api/streams'))[0]?.bytesReceived ?? 0
    const alarms = async () => (await read<{ id: string; kind: string; state: string }[]>('/api/alarms')).map(({ kind, state }) => `${kind}: ${state}`)
    const signIn = async () => (await fetch(`${url}/api/sign-in`, json({ name: 'anna', password: 'a long enough password' }))).status
    const entries = async () =>
      (await read<{ entries: { action: string; by: string }[] }>('/api/accounts/audit')).entries.map(({ action, by }) => `${action} by ${by}`)
    try {
      url = (await command.says(/serves the console at (\S+)/))[1]
      expect((await ask('/api/accounts', json({ account: { name: 'anna', role: 'administrator' }, password: 'a long enough password' }))).status).toBe(201)
      await expect.poll(bytes).toBeGreaterThan(0)

      writeFileSync(`${data}.held`, '')
      // Each more than once: the first is done before the disk is asked.
      for (let n = 0; n < 3; n++) {
        expect(await signIn()).toBe(204)
        const before = await bytes()
        await expect.poll(bytes).toBeGreaterThan(before)
      }
      await fleet[Symbol.asyncDispose]()
      await expect.poll(alarms).toContain('serverDown: unacknowledged')
      const [alarm] = await read<{ id: string }[]>('/api/alarms')
      expect((await ask('/api/alarms/acknowledge', json({ ids: [alarm?.id] }))).status).toBe(200)
      expect(await alarms()).toContain('serverDown: acknowledged')
      expect(await signIn()).toBe(204)

      rmSync(`${data}.synced`)
      rmSync(`${data}.held`)
      // The last to wait were those who wrote last.
      await expect.poll(() => readFileSync(`${data}.synced`, 'utf8')).toMatch(/main\.db-wal\n(.*\n)*alarms\.db-wal\n/)
      command.child.kill('SIGTERM')
      expect([await command.ended, command.said.err]).toEqual([0, ''])
      command = start()
      url = (await command.says(/serves the console at (\S+)/))[1]
      expect(await read(`/api/alarms/${alarm?.id}`)).toMatchObject({ acknowledged: { by: 'token file' } })
      expect((await entries()).filter((entry) => entry === 'signIn by anna')).toHaveLength(4)
    } finally {
      rmSync(`${data}.held`, { force: true })
      command.child.kill('SIGTERM')
      await command.ended
    }
  })
})
