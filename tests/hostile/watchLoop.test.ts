import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { watchLoop } from './watchLoop.ts'

const holds = watchLoop()
function work(ms: number) {
  const used = () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  }
  for (const from = used(); used() - from < ms; );
}
/** As when other programs have all processors. */
const starve = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

test('a callback that holds the loop is seen, also in its promises and while other programs have the processor', async () => {
  await sleep(20)
  holds()
  setTimeout(() => work(120))
  await sleep(200)
  const single = holds()
  expect(single.longestHoldMs).toBeGreaterThanOrEqual(110)
  expect(single.thirdHoldMs).toBeLessThan(50)
  for (let times = 0; times < 3; times++) {
    setTimeout(() => work(120))
    await sleep(200)
  }
  expect(holds().thirdHoldMs).toBeGreaterThanOrEqual(110)
  setTimeout(async () => {
    for (let part = 0; part < 12; part++) {
      work(10)
      await null
    }
  })
  await sleep(200)
  expect(holds().longestHoldMs).toBeGreaterThanOrEqual(110)
  setTimeout(() => {
    starve(150)
    work(60)
    starve(150)
    work(60)
  })
  await sleep(500)
  expect(holds().longestHoldMs).toBeGreaterThanOrEqual(110)
})

test('what piled up while other programs had the processor is none', async () => {
  await sleep(20)
  holds()
  for (let ready = 0; ready < 30; ready++) setTimeout(() => work(5), 10)
  starve(300)
  await sleep(500)
  const { longestHoldMs, starvedMs } = holds()
  expect(starvedMs).toBeGreaterThanOrEqual(200)
  expect(longestHoldMs).toBeGreaterThanOrEqual(4)
  expect(longestHoldMs).toBeLessThan(50)
})
