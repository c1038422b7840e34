/** A day with recordings of the demo. Soon after midnight the newest one may have only what is being written. */
export const recordedDay = new Date(Date.now() - 2 * 3_600_000).toLocaleDateString('sv')
