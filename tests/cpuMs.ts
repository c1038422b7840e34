/** Processor time of this thread that something takes, ms. Other programs don't count, however busy the machine is. */
export function cpuMsOf(run: () => void): number {
  const before = process.threadCpuUsage()
  run()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}
