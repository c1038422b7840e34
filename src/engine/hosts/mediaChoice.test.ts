import { expect, it } from 'vitest'
import type { MediaProcess } from '../../shared/hosts.ts'
import { chooseMedia, type MediaWanted, mediaServerPorts, pprofPort } from './mediaChoice.ts'

const process = (pid: number, ports: number[] | null, rest: Partial<MediaProcess> = {}): MediaProcess => ({
  pid,
  by: 'name',
  name: 'mediamtx',
  arguments: null,
  ports,
  cpuPercent: null,
  memoryBytes: null,
  threads: null,
  openFiles: null,
  openFilesLimit: null,
  startedAt: null,
  ...rest,
})
const at9997: MediaWanted = { chosen: null, ports: { api: 9997, others: [8554] } }
function choose(processes: readonly MediaProcess[], wanted = at9997, pending: readonly number[] = []) {
  const choice = chooseMedia(processes, wanted, new Set(pending))
  return choice.process === null ? choice.unknown : `${choice.process.pid} by ${choice.by}`
}

it('of several, the one at the port of the API is the server’s', () => {
  expect(choose([process(1, [9998]), process(2, [9997, 8554])])).toBe('2 by port')
  expect(choose([process(1, null), process(2, [9997])])).toBe('2 by port')
})

it('of several containers with the same inner port, the one that has the other ports, too; of two that are alike none', () => {
  expect(choose([process(1, [9997, 8555]), process(2, [9997, 8554])])).toBe('2 by port')
  expect(choose([process(1, [9997]), process(2, [9997])])).toBe('unclear')
})

it('the only process is not the server’s where it is seen to listen elsewhere', () => {
  expect(choose([process(1, [9998])])).toBe('unclear')
  expect(choose([process(1, [])])).toBe('unclear')
  expect(choose([process(1, null)])).toBe('1 by name')
  expect(choose([process(1, null), process(2, [9998])])).toBe('unclear')
  expect(choose([])).toBeNull()
})

it('a process that was not looked at yet is not judged', () => {
  expect(choose([process(1, null)], at9997, [1])).toBe('pending')
  expect(choose([process(1, [9998]), process(2, null)], at9997, [2])).toBe('pending')
  expect(choose([process(1, [9997]), process(2, null)], at9997, [2])).toBe('1 by port')
})

it('without a server the only one is shown, and of several none', () => {
  const alone: MediaWanted = { chosen: null, ports: null }
  expect(choose([process(1, [1], { by: 'unit' })], alone)).toBe('1 by unit')
  expect(choose([process(1, [1]), process(2, [2])], alone)).toBe('unclear')
})

it('an operator may choose by the name of the file or by a part of the command line', () => {
  const processes = [
    process(1, [9997], { name: 'mediamtx-1.20.1', arguments: '/opt/mediamtx-1.20.1 a.yml' }),
    process(2, null, { name: 'mediamtx', arguments: 'mediamtx b.yml' }),
  ]
  const by = (chosen: string) => choose(processes, { ...at9997, chosen })
  expect(by('mediamtx-1.20.1')).toBe('1 by chosen')
  expect(by('b.yml')).toBe('2 by chosen')
  expect(by('.yml')).toBe('unclear')
  expect(by('c.yml')).toBe('unclear')
})

it('ports are those of the configuration, which a proxy does not change; without it that of the address', () => {
  expect(mediaServerPorts('https://noc.example/mtx', {})).toEqual({ api: 443, others: [] })
  expect(mediaServerPorts('https://noc.example/mtx', { apiAddress: ':9997', rtsp: true, rtspAddress: ':8554', hls: false, hlsAddress: ':8888' })).toEqual({
    api: 9997,
    others: [8554],
  })
})

it('pprof is asked on the machine where the configuration has it, at the usual port where that is not known', () => {
  expect(pprofPort({})).toBe(9999)
  expect(pprofPort({ pprof: false, pprofAddress: ':9999' })).toBe(0)
  expect(pprofPort({ pprof: true, pprofAddress: '127.0.0.1:9990' })).toBe(9990)
  expect(pprofPort({ pprof: true, pprofAddress: 'nonsense' })).toBe(0)
})
