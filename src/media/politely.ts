import { setPriority } from 'node:os'

/** Lets the console's polling go first. Not every system lets us; then we just aren't polite. */
export function politely(): void {
  try {
    setPriority(10)
  } catch {
    // Pictures are made all the same.
  }
}
