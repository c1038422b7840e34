import { describe, expect, it } from 'vitest'
import { ConnectQueue } from './connectQueue.ts'

const never = new AbortController().signal
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('the queue of connections', () => {
  it('makes four at once and no more, in the order they came', async () => {
    const queue = new ConnectQueue()
    const gates = Array.from({ length: 10 }, gate)
    const started: number[] = []
    const all = gates.map(({ opened }, index) =>
      queue.run({ doubtful: false, signal: never }, async () => {
        started.push(index)
        await opened
      }),
    )
    await settle()
    expect(started).toEqual([0, 1, 2, 3])
    gates[2]?.open()
    await settle()
    expect(started).toEqual([0, 1, 2, 3, 4])
    for (const { open } of gates) open()
    await Promise.all(all)
    expect(started).toHaveLength(10)
  })

  it('keeps half of the places free of hosts that failed before', async () => {
    const queue = new ConnectQueue(4)
    const dead = Array.from({ length: 8 }, gate)
    let running = 0
    const deadRuns = dead.map(({ opened }) =>
      queue.run({ doubtful: true, signal: never }, async () => {
        running++
        await opened
      }),
    )
    await settle()
    expect(running).toBe(2)
    const alive: number[] = []
    const aliveRuns = [0, 1, 2, 3].map((n) => queue.run({ doubtful: false, signal: never }, async () => void alive.push(n)))
    await Promise.all(aliveRuns)
    expect(alive).toEqual([0, 1, 2, 3])
    for (const { open } of dead) open()
    await Promise.all(deadRuns)
  })

  it('releases a caller that gave up waiting, and gives the place of a failure to the next', async () => {
    const queue = new ConnectQueue(1)
    const held = gate()
    const first = queue.run({ doubtful: false, signal: never }, async () => {
      await held.opened
      throw new Error('no')
    })
    const stop = new AbortController()
    const second = queue.run({ doubtful: false, signal: stop.signal }, async () => 'never')
    const third = queue.run({ doubtful: false, signal: never }, async () => 'third')
    stop.abort(new Error('given up'))
    await expect(second).rejects.toThrow('given up')
    held.open()
    await expect(first).rejects.toThrow('no')
    expect(await third).toBe('third')
  })
})
