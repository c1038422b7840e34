/** Processor time of this thread that something takes, ms. Other programs don't count, however busy the machine is. */
export function cpuMsOf(run: () => void): number {
  const before = process.threadCpuUsage()
  run()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}

/** Some of what our code does most: text split, matched, counted, written and read. */
function referenceWork(): void {
  const counts = new Map<string, number>()
  for (let round = 0; round < 20; round++) {
    const words = Array.from({ length: 2_000 }, (_, n) => `path/${(n * 7_919) % 1_000}_${round}`)
    for (const word of words.join(' ').split(' ')) {
      const name = /^path\/(\d+)_\d+$/.exec(word)?.[1] ?? ''
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  }
  if (JSON.parse(JSON.stringify([...counts])).length !== 1_000) throw new Error('the reference counts something else')
}

/**
 * Processor time that something takes, as a multiple of a fixed piece of work beside it (some 10 ms on a server of 2024): a limit on it holds on
 * a slow machine and on one whose cores are shared, where one in milliseconds fails.
 */
export function costOf(run: () => void): number {
  const before = referenceMs()
  const used = cpuMsOf(run)
  return used / ((before + referenceMs()) / 2)
}

/** What the fixed piece of work takes at this moment, ms. */
export function referenceMs(): number {
  // Compiled the first time.
  referenceWork()
  return cpuMsOf(referenceWork)
}
