// What a history that is killed writes: whoever looks at it later can tell what must be there.
export const killedServers = ['a', 'b', 'c']
/** Where the next poll of a run stands: each 2 s, and now and then ten minutes later, so that what is in memory is sealed. */
export const nextPoll = (at: number, count: number): number => at + (count % 10 === 0 ? 660_000 : 2000)
/** What a poll of that time says. */
export const valueAt = (at: number): number => (at / 1000) % 100_000
