import { setPriority } from 'node:os'

/** Lowers this process's priority below that of polling, if the system permits. */
export function lowerPriority(): void {
  try {
    setPriority(10)
  } catch {
    // Pictures are taken even without the lower priority.
  }
}
