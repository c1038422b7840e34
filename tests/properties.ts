import fc from '../node_modules/fast-check/lib/fast-check.js'

// fast-check as the tests get it (vitest.config.ts): with the same values in each run, so that a test fails where something was changed and not by chance.
// `MTXDECK_SEED=random npm test` looks for others; what it finds becomes an example of its test.
const { MTXDECK_SEED: seed = '20261201' } = process.env
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) })

export default fc
