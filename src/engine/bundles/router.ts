import { api } from '../api.ts'
import type { Bundles } from './bundles.ts'

export function bundlesRouter(bundles: Bundles) {
  return {
    make: api.bundles.make.handler(async ({ input, errors, signal }) => {
      const made = await bundles.make(input, signal)
      if (made === null) throw errors.NOTHING_KEPT()
      return made
    }),
  }
}
